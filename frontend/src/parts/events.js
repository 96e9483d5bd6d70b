// Events of the server, heard for as long as it has any: also when the line breaks, or the page was put away meanwhile.

const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * `address()`: where they are had from now on. `hear`: by the kind of event, what to do with it. `ended`: when no more
 * will come, or one may not listen any more. `away(is)`: the line.
 */
export function followEvents(address, { hear, ended, away = () => {} }) {
  let stream = null;
  let wait = 0;
  let timer = 0;

  function listen() {
    stop();
    stream = new EventSource(address());
    for (const [kind, act] of Object.entries(hear)) {
      stream.addEventListener(kind, (event) => {
        if (event.data === undefined) return;
        wait = 0;
        act(event);
      });
    }
    stream.addEventListener("open", () => away(false));
    // A kind of event may be called so too; without data it is the end of the line.
    stream.addEventListener("error", (event) => event.data === undefined && later(askWhy));
  }

  // A stream ends when all was told, and also when the line was cut or a proxy was in the way: the server knows.
  async function askWhy() {
    const asking = new AbortController();
    const answer = await fetch(address(), { signal: asking.signal }).catch(() => null);
    const status = answer?.status ?? 0;
    const isStream = answer?.headers.get("content-type")?.startsWith("text/event-stream");
    asking.abort();
    if (isStream) return listen();
    if (status === 204 || isRefusal(status) || answer?.redirected) return ended();
    away(true);
    later(askWhy);
  }

  function later(act) {
    stop();
    timer = setTimeout(act, wait);
    wait = Math.min(Math.max(wait * 2, SHORTEST_MS), LONGEST_MS);
  }

  function stop() {
    clearTimeout(timer);
    stream?.close();
    stream = null;
  }

  // Browsers keep few connections open to one server: a page that nobody sees holds none.
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", ({ persisted }) => persisted && listen());
  // A stream whose line is gone stays open, and silent, for minutes. Without a network a server on the same machine
  // is still there, so it is asked.
  window.addEventListener("offline", () => {
    stop();
    askWhy();
  });
  // Sooner than the next try.
  window.addEventListener("online", () => stream || listen());
  listen();
}

/** Whoever may not listen any more, or is sent to sign in, is told so by the page, when it is loaded again. */
function isRefusal(status) {
  return status >= 400 && status < 500 && status !== 429;
}
