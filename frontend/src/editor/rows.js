// What the list shows beside the texts: faults, doubtful words, what others wrote in the same place.
import { faultsOf } from "./checks.js";

const AT_ONCE = 150;

export class Rows {
  #due = new Set();
  #doubtful = globalThis.Highlight && new Highlight();
  #ranges = new WeakMap();

  constructor({ cues, limits, texts, chosen, discarded }) {
    Object.assign(this, { cues, limits, texts, chosen, discarded });
    if (this.#doubtful) CSS.highlights.set("doubtful", this.#doubtful);
    this.formats = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  }

  /** Look at these when there is time: three hours are thousands of cues. */
  lookAt(cues) {
    const isIdle = !this.#due.size;
    cues.forEach((cue) => this.#due.add(cue));
    if (isIdle && this.#due.size) this.#soon();
  }

  #soon() {
    (globalThis.requestIdleCallback ?? setTimeout)(() => {
      const all = this.cues();
      const places = new Map(all.map((cue, place) => [cue, place]));
      for (const cue of [...this.#due].slice(0, AT_ONCE)) {
        this.#due.delete(cue);
        const place = places.get(cue);
        if (place === undefined) continue;
        this.check(cue, all[place - 1], all[place + 1]);
        this.#underline(cue);
      }
      if (this.#due.size) this.#soon();
    });
  }

  /** Tell what is wrong with the cue as it is written now. */
  check(cue, previous, next) {
    const found = faultsOf({ text: cue.text, start: cue.start, end: cue.end }, previous, next, this.limits);
    const told = found.map(({ kind, value, limit, mild }) => {
      const text = this.texts[kind].replace("{value}", this.formats.format(value)).replace("{limit}", this.formats.format(limit));
      return Object.assign(document.createElement("span"), { className: mild ? "mild" : "", textContent: text });
    });
    const place = cue.row.querySelector(".faults");
    if (!told.length && place.hidden) return;
    place.replaceChildren(...told);
    place.hidden = !told.length;
  }

  /** Doubtful words are drawn over the text: it stays one piece, whatever its length. */
  #underline(cue) {
    if (!this.#doubtful) return;
    for (const range of this.#ranges.get(cue) ?? []) this.#doubtful.delete(range);
    const ranges = cue.text === cue.base ? cue.doubtfulPlaces().map(([start, stop]) => cue.range(start, stop)) : [];
    ranges.forEach((range) => this.#doubtful.add(range));
    this.#ranges.set(cue, ranges);
  }

  /** What somebody else wrote in the same place, and the choice between the two. */
  showOther(cue) {
    cue.row.querySelector(".other")?.remove();
    if (cue.theirs === null) return;
    cue.row.querySelector(".line").append(this.#box(this.texts.theirs, cue.theirs, [
      [this.texts.keepMine, () => this.chosen(cue, cue.text)],
      [this.texts.takeTheirs, () => this.chosen(cue, cue.theirs)],
    ]));
  }

  /** The cue is gone, and what was written in it is not saved: it is kept in sight. */
  showLost(row, text) {
    const discard = () => {
      row.remove();
      this.discarded();
    };
    row.replaceChildren(this.#box(this.texts.gone, text, [[this.texts.discard, discard]]));
    row.className = "cue lost";
    row.removeAttribute("id");
  }

  #box(told, text, choices) {
    const box = Object.assign(document.createElement("div"), { className: "other notice warn" });
    box.lang = document.documentElement.lang;
    box.setAttribute("role", "alert");
    const quoted = Object.assign(document.createElement("blockquote"), { textContent: text });
    const buttons = choices.map(([label, act]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.addEventListener("click", act);
      return button;
    });
    const actions = Object.assign(document.createElement("p"), { className: "actions" });
    actions.append(...buttons);
    box.append(Object.assign(document.createElement("p"), { textContent: told }), quoted, actions);
    return box;
  }
}
