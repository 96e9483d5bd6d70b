// A sign-in is renewed while a page is open, so that nobody is sent away in the middle of their work.

import { whileBusy } from "./busy.js";

const LAST_RENEWED = "surtitle.renewed";

export function csrfToken() {
  return document.cookie.match(/(?:^|; )surtitle_csrf=([^;]*)/)?.[1] ?? "";
}

/** As `fetch`, with what a change needs. A refusal is an `Error` with the server's own words. */
export async function ask(address, options = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrfToken(), ...options.headers };
  const answer = await whileBusy(fetch(address, { ...options, headers }));
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? answer.statusText), { status: answer.status, kind: problem.type?.split("/").pop() });
}

export function keepSignedIn() {
  const lasts = Number(document.documentElement.dataset.renewSeconds) * 1000;
  if (!lasts) return;
  const due = async () => {
    // A refresh token works once: of several pages that are open only one may send it.
    await navigator.locks?.request("surtitle.renew", () => renew(lasts));
  };
  setInterval(due, lasts / 4);
  document.addEventListener("visibilitychange", () => document.hidden || due());
}

async function renew(lasts) {
  const page = performance.timeOrigin;
  const last = Math.max(page, Number(localStorage.getItem(LAST_RENEWED)) || 0);
  if (Date.now() - last < lasts) return;
  const answer = await fetch("/api/token/refresh", { method: "POST", headers: { "X-CSRF-Token": csrfToken() } }).catch(() => null);
  if (answer?.ok) localStorage.setItem(LAST_RENEWED, String(Date.now()));
}
