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
  const { renewSeconds, tokenAge } = document.documentElement.dataset;
  const lasts = Number(renewSeconds) * 1000;
  if (!lasts) return;
  const issued = performance.timeOrigin - Number(tokenAge) * 1000;
  const due = () => {
    const act = () => renew(lasts, issued);
    // A refresh token works once: of several pages that are open only one may send it. Browsers have locks by TLS
    // alone; without them the server bears two that come at once.
    return navigator.locks ? navigator.locks.request("surtitle.renew", act) : act();
  };
  due();
  setInterval(due, lasts / 4);
  document.addEventListener("visibilitychange", () => document.hidden || due());
}

/** `issued`: when the token was that the page came with; another page may have renewed it since. */
async function renew(lasts, issued) {
  const last = Math.max(issued, Number(localStorage.getItem(LAST_RENEWED)) || 0);
  if (Date.now() - last < lasts) return;
  // It goes on when the page is left: a token that is used up, and whose successor never came, would end the session.
  const wish = { method: "POST", keepalive: true, headers: { "X-CSRF-Token": csrfToken() } };
  const answer = await fetch("/api/token/refresh", wish).catch(() => null);
  if (answer?.ok) localStorage.setItem(LAST_RENEWED, String(Date.now()));
}
