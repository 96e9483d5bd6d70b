// Where a text stands, and where the doubtful words are: one place after the other.

export class Finding {
  #marked = globalThis.Highlight && new Highlight();
  // The place that was shown last, and what was sought then.
  #shown = null;

  /** In the field of what is sought: `onEnter`, where the form itself would replace; `onEscape(place)`, the last one. */
  constructor(form, { onEnter, onEscape }) {
    this.form = form;
    this.told = form.querySelector(".hits");
    if (this.#marked) CSS.highlights.set("found", this.#marked);
    form.elements.find.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") {
        event.preventDefault();
        onEnter();
      } else if (event.key === "Escape" && this.#shown?.cue.row.isConnected) onEscape(this.#shown);
    });
  }

  get wish() {
    const { find, replace, match_case: capitals, whole_words: whole } = this.form.elements;
    return { find: find.value, replace: replace.value, match_case: capitals.checked, whole_words: whole.checked };
  }

  open() {
    this.form.closest("details").open = true;
    this.form.elements.find.focus();
    this.form.elements.find.select();
  }

  /** The next place after where one is; null when there is none. `byKey`: one is in the field, and has no cursor in the text. */
  next(cues, current, texts, byKey) {
    const places = this.#places(cues);
    this.unmark();
    this.told.textContent = places.length ? "" : texts.notFound;
    if (!places.length) return null;
    const from = current ? cues.indexOf(current) : 0;
    const caret = (byKey ? null : current?.caret()) ?? this.#behind(current);
    const after = places.findIndex(({ index, start }) => index > from || (index === from && start >= caret && caret !== -1));
    const found = places[this.#comesRound(after, places, from, caret)];
    this.#shown = { ...found, sought: this.wish.find };
    this.told.textContent = texts.found.replace("{number}", String(places.indexOf(found) + 1)).replace("{all}", String(places.length));
    return found;
  }

  /** Where whoever has stayed in the field is in this cue: behind the place shown last, at it if they seek something else. */
  #behind(cue) {
    if (!cue || cue !== this.#shown?.cue) return -1;
    return this.#shown.sought === this.wish.find ? this.#shown.stop : this.#shown.start;
  }

  /** Show a place without going there: it is drawn over the text. */
  mark({ cue, start, stop }) {
    this.#marked?.add(cue.range(start, stop));
  }

  unmark() {
    this.#marked?.clear();
  }

  #comesRound(after, places, from, caret) {
    if (caret === -1) {
      const here = places.findIndex(({ index }) => index >= from);
      return here === -1 ? 0 : here;
    }
    return after === -1 ? 0 : after;
  }

  #places(cues) {
    const { find, match_case: capitals, whole_words: whole } = this.wish;
    const sought = find.trim().split(/\s+/u).map((one) => one.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&")).join(" ");
    if (!sought) return [];
    const pattern = new RegExp(whole ? `(?<![\\p{L}\\p{N}_])${sought}(?![\\p{L}\\p{N}_])` : sought, capitals ? "gu" : "giu");
    return cues.flatMap((cue, index) => [...cue.text.matchAll(pattern)].map((match) => ({ cue, index, start: match.index, stop: match.index + match[0].length })));
  }
}

/** The doubtful place after where one is, or before (`by` below zero); from the last it goes on at the first. */
export function doubtfulPlace(cues, current, by) {
  const places = cues.flatMap((cue, index) => cue.doubtfulPlaces().map(([start, stop]) => ({ cue, index, start, stop })));
  const from = cues.indexOf(current);
  // A place that is chosen already has the cursor at its end.
  const caret = current?.caret() ?? -1;
  const isAfter = ({ index, start, stop }) => index > from || (index === from && (caret < 0 || (start >= caret && stop > caret)));
  const isBefore = ({ index, stop }) => index < from || (index === from && stop < caret);
  return by > 0 ? places.find(isAfter) ?? places[0] : places.findLast(isBefore) ?? places.at(-1);
}
