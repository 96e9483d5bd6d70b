// What a job tells as it happens, heard to its end: also when the line breaks, or the page was put away meanwhile.

const SHORTEST_MS = 500;
const LONGEST_MS = 30_000;
// All, also those that nobody acts on: the last one heard says what is still to be told.
const KINDS = ["state", "progress", "warning", "delta", "segment", "completed"];

/** `hear`: by the kind of event, what to do with its data. `ended`: when everything was told. `away(is)`: the line. */
export function followJob(address, after, { hear, ended, away }) {
  let last = after;
  let stream = null;
  let wait = 0;
  let timer = 0;

  function listen() {
    stop();
    stream = new EventSource(`${address}?after=${last}`);
    for (const kind of KINDS) {
      stream.addEventListener(kind, (event) => told(event) && hear[kind]?.(JSON.parse(event.data)));
    }
    stream.addEventListener("open", () => away(false));
    // So are called a job's failure, after which it may have been tried again, and the end of the line.
    stream.addEventListener("error", (event) => (event.data ? told(event) : later(askWhy)));
  }

  /** Whether it is new: what was heard already is not told again, wherever the server begins. */
  function told({ lastEventId }) {
    wait = 0;
    const id = Number(lastEventId);
    if (id <= last) return false;
    last = id;
    return true;
  }

  // A stream ends when the job has, and also when the line was cut or a proxy was in the way: the server knows.
  async function askWhy() {
    const asking = new AbortController();
    const answer = await fetch(`${address}?after=${last}`, { signal: asking.signal }).catch(() => null);
    const status = answer?.status ?? 0;
    asking.abort();
    if (status === 200) return listen();
    if (status === 204 || isRefusal(status)) return ended();
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

/** Whoever may not listen any more is told so by the page, when it is loaded again. */
function isRefusal(status) {
  return status >= 400 && status < 500 && status !== 429;
}
