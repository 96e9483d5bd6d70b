// One cue of the list: its text as one writes it, and as the server has it.
import { merged, plain } from "./merging.js";

export class Cue {
  /** `row`: the list item that the server laid out. */
  constructor(row, texts) {
    this.row = row;
    this.texts = texts;
    this.said = row.querySelector(".said");
    this.sent = null;
    this.theirs = null;
    this.refused = null;
    this.edges = null;
    this.#read();
    this.said.contentEditable = "plaintext-only";
    if (this.said.contentEditable !== "plaintext-only") this.said.contentEditable = "true";
    this.said.setAttribute("role", "textbox");
    this.said.ariaMultiLine = "true";
    this.said.spellcheck = true;
    this.#name();
    row.tabIndex = -1;
  }

  #read() {
    const { id, start, end, speaker } = this.row.dataset;
    Object.assign(this, { id, speaker, kept: { start: Number(start), end: Number(end) }, base: plain(this.said.textContent) });
    this.ids = idsOf(this.row.dataset.words);
  }

  #name() {
    this.said.ariaLabel = this.texts.textAt.replace("{at}", this.row.querySelector(".at").textContent);
  }

  /** As it is written now. */
  get text() {
    return plain(this.said.textContent);
  }

  get start() {
    return this.edges?.start ?? this.kept.start;
  }

  get end() {
    return this.edges?.end ?? this.kept.end;
  }

  get isFocused() {
    return document.activeElement === this.said;
  }

  get isDoubted() {
    return this.row.classList.contains("doubted");
  }

  /** Whether there is something to save. A cue that is being emptied is saved when it is left. */
  get isUnsaved() {
    return this.edges !== null || this.#hasText;
  }

  /** Whether it shows a text that the server does not take. */
  get isRefused() {
    return this.text === this.refused && this.refused !== this.base;
  }

  /** Whether somebody else wrote in the same place, and nobody has chosen yet. */
  get isContested() {
    return this.theirs !== null && this.text !== this.base;
  }

  /** What is to be saved, for the API. */
  operations() {
    const found = [];
    const edges = this.edges && { start_seconds: this.edges.start / 1000, end_seconds: this.edges.end / 1000 };
    if (edges) found.push({ op: "time_segment", segment: this.id, ...edges });
    if (this.#hasText) found.push({ op: "rewrite_segment", segment: this.id, text: this.text });
    return found;
  }

  /** `operations` are on their way: what is written from now on is new. */
  send() {
    this.sent = { text: this.#hasText ? this.text : this.base, edges: this.edges };
  }

  get #hasText() {
    const text = this.text;
    return text !== this.base && this.theirs === null && text !== this.refused && (text !== "" || !this.isFocused);
  }

  /** They did not arrive. */
  unsend() {
    this.sent = null;
  }

  /** The server does not take it as it is. Edges go back, and a text that came with them is tried without them;
   * else the text is not sent again before it is changed.
   */
  refuse() {
    if (!this.#dropEdges()) this.refused = this.sent.text;
    this.sent = null;
  }

  /** The server has it so already. */
  keep() {
    this.#dropEdges();
    this.base = this.sent.text;
    this.sent = null;
  }

  /** Those that were sent, if any were; such as were moved meanwhile stay. */
  #dropEdges() {
    const { edges } = this.sent;
    if (this.edges === edges) this.edges = null;
    return edges !== null;
  }

  /** Take in the row as the server has it now, and keep what was written meanwhile. */
  update(fresh) {
    const before = this.sent?.text ?? this.base;
    const mine = this.text;
    if (this.edges === this.sent?.edges) this.edges = null;
    this.sent = null;
    for (const name of [...this.row.getAttributeNames()].filter((one) => one.startsWith("data-"))) this.row.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (name !== "id") this.row.setAttribute(name, value);
    const line = this.said.parentElement;
    const parts = [...fresh.querySelector(".line").children];
    const theirs = plain(fresh.querySelector(".said").textContent);
    // The text's own element stays, with the cursor in it.
    line.replaceChildren(...parts.map((one) => (one.matches(".said") ? this.said : one)));
    this.row.querySelector(".at").textContent = fresh.querySelector(".at").textContent;
    this.#read();
    this.#name();
    this.base = theirs;
    // Where a choice is still to be made, what comes now does not make it.
    const isOpen = this.theirs !== null && mine !== theirs;
    const both = mine === before ? theirs : isOpen ? null : merged(before, mine, theirs);
    this.theirs = both === null ? theirs : null;
    this.write(both ?? mine);
  }

  /** Put a text in, if it is another one; the cursor stays about where it is. */
  write(text) {
    if (text === this.text) return;
    const caret = this.isFocused ? this.caret() : null;
    this.said.textContent = text;
    if (caret !== null) this.setCaret(Math.min(caret, text.length));
  }

  /** How many characters stand before the cursor; null where it is elsewhere. */
  caret() {
    const selection = getSelection();
    if (!selection.rangeCount || !this.said.contains(selection.focusNode)) return null;
    const range = document.createRange();
    range.selectNodeContents(this.said);
    range.setEnd(selection.focusNode, selection.focusOffset);
    return range.toString().length;
  }

  setCaret(offset, until = offset) {
    this.said.focus();
    const range = this.range(offset, until);
    getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  }

  /** The characters `[start, stop)`. */
  range(start, stop) {
    this.said.normalize();
    const node = this.said.firstChild ?? this.said;
    const range = document.createRange();
    const most = node.nodeType === Node.TEXT_NODE ? node.length : 0;
    range.setStart(node, Math.min(start, most));
    range.setEnd(node, Math.min(stop, most));
    return range;
  }

  /** Where each word stands in the text as the server has it: pairs of characters. */
  places() {
    const lengths = this.row.dataset.lengths;
    if (!lengths) return [...this.base.matchAll(/\S+/gu)].map((match) => [match.index, match.index + match[0].length]);
    let place = 0;
    return lengths.split(" ").map((one, index) => {
      if (index && !one.startsWith("+")) place++;
      const start = place;
      place += Number(one);
      return [start, place];
    });
  }

  get isDoubtful() {
    return this.isDoubted || Boolean(this.row.dataset.unsure);
  }

  #unsure() {
    return (this.row.dataset.unsure ?? "").split(" ").filter(Boolean).map(Number);
  }

  unsureWords() {
    return this.#unsure().map((index) => this.ids[index]).filter(Boolean);
  }

  /** The places of the words that nobody has made sure of; of a cue that is distrusted as a whole, all of it. */
  doubtfulPlaces() {
    const places = this.places();
    const unsure = this.#unsure().map((index) => places[index]).filter(Boolean);
    return this.isDoubted && places.length ? [[0, places.at(-1)[1]], ...unsure] : unsure;
  }

  /** The word that a new cue would begin with, were it cut at the cursor; undefined at either end. */
  wordAt(offset) {
    const index = this.places().findIndex(([start, stop]) => (start + stop) / 2 >= offset);
    return index > 0 ? this.ids[index] : undefined;
  }
}

/** `w3*3 w2.1`: w3 w4 w5 w2.1. */
function idsOf(runs) {
  return (runs ?? "").split(" ").filter(Boolean).flatMap((run) => {
    const [first, times = "1"] = run.split("*");
    const [, made, number] = first.match(/^(.*?)(\d+)$/u);
    return Array.from({ length: Number(times) }, (_, index) => `${made}${Number(number) + index}`);
  });
}
