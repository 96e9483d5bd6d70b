// Everything that goes to the server and comes from it, one after another: no edit is made on a text that is not
// the newest, and what others wrote is taken in before one's own is sent once more.
import { ask } from "../parts/session.js";

const LOOKS_EVERY_MS = 2000;
const TRIES_AGAIN_MS = 4000;
// Each time somebody else was quicker.
const MOST_TRIES = 8;
const MOST_OPERATIONS = 500;

const [DONE, STALE, SAME] = ["done", "stale", "same"];

export class Saving extends EventTarget {
  #turn = Promise.resolve();
  #mine = new Set();

  /**
   * `author`: who else made the revision, if somebody did; `cues()`: all of them; `takeIn(document)`: put the server's
   * changes into the list; `isLost()`: whether what was written in a cue that is gone is still in sight.
   */
  constructor({ transcript, changes, revision, author, cues, takeIn, isLost }) {
    super();
    const authors = new Map(author ? [[revision, author]] : []);
    Object.assign(this, { transcript, changes, revision, cues, takeIn, isLost, authors, state: "saved", refusal: null });
    setInterval(() => document.hidden || this.state === "saving" || this.look(), LOOKS_EVERY_MS);
    document.addEventListener("visibilitychange", () => (document.hidden ? this.save() : this.look()));
  }

  isMine(revision) {
    return this.#mine.has(Number(revision));
  }

  get isUnsaved() {
    return this.state === "saving" || this.#isToBeChosen || this.cues().some((cue) => cue.isUnsaved || cue.isRefused);
  }

  /** Whether everything went that can go. */
  get isSent() {
    return this.state === "saved" || this.state === "choose";
  }

  get #isToBeChosen() {
    return this.isLost() || this.cues().some((cue) => cue.isContested);
  }

  /** Save what was written. Resolves to whether all of it is kept. */
  save() {
    return this.#next(async () => (await this.#save()) && !this.isUnsaved);
  }

  /** See what others have done. */
  look() {
    return this.#next(() => this.#pull()).catch(() => null);
  }

  /**
   * Save, then make an edit of its own: `wish()` gives its operations as the text stands then, or nothing if it
   * makes no sense any more. Resolves to the document that came of it, or null.
   */
  edit(wish) {
    return this.#next(async () => {
      if (!(await this.#save())) return null;
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const operations = wish();
        if (!operations?.length) return null;
        const was = await this.#send("revisions", { operations });
        const found = await this.#pull();
        if (was !== STALE) return found;
      }
      return null;
    });
  }

  /** `undo` or `redo`. Resolves to the document that came of it; null when somebody else was quicker. */
  step(name) {
    return this.#next(async () => {
      if (!(await this.#save())) return null;
      const was = await this.#send(name, {});
      const found = await this.#pull();
      return was === STALE ? null : found;
    });
  }

  #next(act) {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Send what was written. Resolves to whether all of it went, and nothing was refused on the way. */
  async #save() {
    const before = this.refusal;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const written = inOrder(this.cues().filter((cue) => cue.isUnsaved)).slice(0, MOST_OPERATIONS);
      if (!written.length) return this.#settle(this.refusal !== before);
      this.#tell("saving");
      try {
        await this.#saveThese(written);
      } catch (error) {
        return this.#fail(error);
      }
    }
    return false;
  }

  /** In one edit; where the server refuses that, in two, until the faulty cue is alone. */
  async #saveThese(cues) {
    const written = cues.filter((cue) => cue.isUnsaved && this.cues().includes(cue));
    if (!written.length) return;
    try {
      await this.#sendThese(written);
    } catch (error) {
      if (error.status === 422 && written.length === 1) return this.#refuse(written[0], error);
      written.forEach((cue) => cue.unsend());
      if (error.status !== 422) throw error;
      const half = written.length >> 1;
      await this.#saveThese(written.slice(0, half));
      await this.#saveThese(written.slice(half));
    }
  }

  async #sendThese(written) {
    const operations = written.flatMap((cue) => cue.operations());
    written.forEach((cue) => cue.send());
    const was = await this.#send("revisions", { operations });
    if (was === STALE) written.forEach((cue) => cue.unsend());
    if (was === SAME) written.forEach((cue) => cue.keep());
    await this.#pull();
  }

  #refuse(cue, error) {
    cue.refuse();
    this.refusal = error;
  }

  /** Nothing is left to be sent. What was refused is told until it is written otherwise. */
  #settle(isRefused) {
    if (isRefused || this.cues().some((cue) => cue.isRefused)) this.#tell("refused", this.refusal);
    else this.#tell(this.#isToBeChosen ? "choose" : "saved");
    return !isRefused;
  }

  #fail(error) {
    this.#tell(error.status === 403 || error.status === 404 ? "refused" : "failed", error);
    clearTimeout(this.again);
    if (this.state === "failed") this.again = setTimeout(() => this.save(), TRIES_AGAIN_MS);
    return false;
  }

  /** `DONE`, `STALE` when somebody else was quicker, `SAME` when it says what is there already. */
  async #send(act, wish) {
    const body = JSON.stringify({ base_revision: this.revision, ...wish });
    try {
      const answer = await ask(`${this.transcript}/${act}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      this.#mine.add((await answer.json()).number);
      return DONE;
    } catch (error) {
      if (error.kind === "stale-revision" || error.kind === "names-taken-out") return STALE;
      if (error.kind === "nothing-changed") return SAME;
      throw error;
    }
  }

  /** The changes since the revision that is shown, taken in; null when there are none. */
  async #pull() {
    const answer = await fetch(`${this.changes}?since=${this.revision}`, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.status === 204) return null;
    if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
    const found = await answer.json();
    for (const [number, name] of Object.entries(found.by)) if (!this.isMine(number)) this.authors.set(Number(number), name);
    this.revision = found.revision;
    this.takeIn(found);
    return found;
  }

  #tell(state, error) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, error } }));
  }
}

/** A cue whose end moves into the one behind it goes after that: each edit must find room. */
function inOrder(cues) {
  const found = [];
  let place = 0;
  cues.forEach((cue, index) => {
    found.splice(place, 0, cue);
    if (!(cue.end > cues[index + 1]?.kept.start)) place = found.length;
  });
  return found;
}
