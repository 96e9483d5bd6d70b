// `<s-busy hidden>`: a thin bar at the top for whatever takes above a second: the way to another page, a form
// that is sent, and what a script waits for.

const PATIENCE_MS = 1000;
// What leads to no other page (a file that is taken away) is not told when it has come.
const LONGEST_MS = 60_000;

class Busy extends HTMLElement {
  #waiting = new Map();

  /** Something begins; returns what says that it has ended. */
  begin(longest) {
    const one = Symbol("work");
    const show = setTimeout(() => (this.hidden = false), PATIENCE_MS);
    const limit = longest && setTimeout(() => this.#end(one), longest);
    this.#waiting.set(one, [show, limit]);
    return () => this.#end(one);
  }

  leave() {
    this.begin(LONGEST_MS);
  }

  clear() {
    for (const one of [...this.#waiting.keys()]) this.#end(one);
  }

  #end(one) {
    this.#waiting.get(one)?.forEach(clearTimeout);
    this.#waiting.delete(one);
    if (!this.#waiting.size) this.hidden = true;
  }
}

customElements.define("s-busy", Busy);

/** `work`, a promise, with the bar above the page if it takes long. */
export async function whileBusy(work) {
  const done = document.querySelector("s-busy").begin();
  try {
    return await work;
  } finally {
    done();
  }
}

function leadsAway(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return false;
  const address = new URL(link.href);
  return address.origin === location.origin && (address.pathname !== location.pathname || address.search !== location.search);
}

const bar = document.querySelector("s-busy");
addEventListener("click", (event) => leadsAway(event) && bar.leave());
addEventListener("submit", (event) => event.defaultPrevented || event.target.target || bar.leave());
// A page that comes back from the browser's memory waits for nothing any more.
addEventListener("pageshow", () => bar.clear());
