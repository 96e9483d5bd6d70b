// The editor: one writes in the list of cues, and it is saved by itself.
import { toast } from "./parts/toasts.js";
import { Cue } from "./editor/cue.js";
import { Deeds } from "./editor/deeds.js";
import { Finding, doubtfulPlace } from "./editor/finding.js";
import { deedOf } from "./editor/keys.js";
import { Rows } from "./editor/rows.js";
import { Saving } from "./editor/saving.js";
import { Sound } from "./editor/sound.js";
import { Waveform } from "./editor/waveform.js";

const PAUSE_MS = 900;

class Editor extends HTMLElement {
  connectedCallback() {
    this.texts = JSON.parse(this.dataset.texts);
    this.list = this.querySelector(".cues");
    this.player = this.querySelector("video, audio");
    this.byId = new Map();
    for (const row of this.list.querySelectorAll(".cue:not(.open)")) this.#adopt(row);
    this.#order();
    this.rows = new Rows({ cues: () => this.cues, limits: JSON.parse(this.dataset.limits), texts: this.texts, chosen: (cue, text) => this.#choose(cue, text), discarded: () => this.#saveSoon() });
    const { transcript, changes, revision, author } = this.dataset;
    this.saving = new Saving({
      transcript, changes, revision: Number(revision), author, cues: () => this.cues, takeIn: (found) => this.#takeIn(found),
      // What was written in a cue that is gone is in no cue any more.
      isLost: () => this.list.querySelector(".lost") !== null,
    });
    this.saving.addEventListener("state", ({ detail }) => this.#saved(detail));
    this.finding = new Finding(this.querySelector("[data-replace]"), { onEnter: () => this.#findNext(true), onEscape: (place) => this.#enter(place) });
    this.deeds = new Deeds(this, { saving: this.saving, finding: this.finding, texts: this.texts });
    this.sound = new Sound(this.player, {
      cues: () => this.cues, current: () => this.current, moved: () => this.wave?.tell(), texts: this.texts, button: this.querySelector("[data-do=play]"),
      // Who types, or moves an edge, is not taken elsewhere.
      heard: (cue) => this.#isAtWork || this.work(cue),
    });
    this.#wave();
    this.#listen();
    this.rows.lookAt(this.cues);
    this.#choosePlace();
  }

  #adopt(row) {
    const cue = new Cue(row, this.texts);
    this.byId.set(cue.id, cue);
    return cue;
  }

  #order() {
    this.cues = [...this.list.children].map((row) => this.byId.get(row.dataset.id)).filter(Boolean);
  }

  #choosePlace() {
    const wanted = location.hash && this.list.querySelector(`#${CSS.escape(location.hash.slice(1))}`);
    const cue = this.byId.get(wanted?.dataset?.id) ?? this.cues[0];
    if (cue) this.work(cue);
  }

  #wave() {
    const element = this.querySelector(".wave");
    if (!element) return;
    this.wave = new Waveform(element, {
      texts: this.texts, player: this.player, duration: Number(this.dataset.duration),
      moved: (cue, edges) => {
        cue.edges = edges;
        this.#changed(cue);
      },
      settled: () => this.#saveSoon(),
    });
    (globalThis.requestIdleCallback ?? setTimeout)(() => this.wave.load(this.dataset.peaks));
  }

  #listen() {
    this.list.addEventListener("input", (event) => this.#typed(event));
    this.list.addEventListener("beforeinput", (event) => this.#before(event));
    this.list.addEventListener("focusin", (event) => {
      this.work(this.#of(event.target));
      this.finding.unmark();
    });
    this.list.addEventListener("focusout", (event) => this.#left(event));
    this.list.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("click", (event) => this.#pressed(event));
    this.addEventListener("submit", (event) => this.#submitted(event));
    // A button leaves the cursor where it is.
    this.querySelector(".tools").addEventListener("pointerdown", (event) => event.target.closest("button") && event.preventDefault());
    this.querySelector(".who").addEventListener("change", (event) => this.deeds.nameSpeaker(event.target.value.trim()));
    window.addEventListener("beforeunload", (event) => this.saving.isUnsaved && event.preventDefault());
  }

  get #isAtWork() {
    const focused = document.activeElement;
    return this.list.contains(focused) || Boolean(focused?.matches(".who, .edge"));
  }

  #of(element) {
    return this.byId.get(element?.closest?.(".cue")?.dataset.id);
  }

  beside(cue, by) {
    return this.cues[this.cues.indexOf(cue) + by];
  }

  /** Have the tools and the waveform work on this cue. */
  work(cue) {
    if (!cue) return;
    const who = this.querySelector(".who");
    // Not over a name that is being typed for this cue.
    if (cue !== this.current || who !== document.activeElement) who.value = cue.speaker;
    if (cue !== this.current) {
      this.current?.row.removeAttribute("aria-current");
      cue.row.setAttribute("aria-current", "true");
      this.current = cue;
    }
    this.querySelector("[data-do=accept]").disabled = !cue.isDoubtful;
    this.wave?.show(cue, this.beside(cue, -1), this.beside(cue, 1));
  }

  // Writing

  #typed(event) {
    const cue = this.#of(event.target);
    if (cue) this.#changed(cue);
  }

  #changed(cue) {
    this.tellState({ state: "typing" });
    const around = [this.beside(cue, -1), cue, this.beside(cue, 1)];
    this.rows.check(cue, around[0], around[2]);
    this.#saveSoon();
  }

  /** What a browser would do to a text of its own: here it is an edit of the cues. */
  #before(event) {
    const cue = this.#of(event.target);
    if (!cue) return;
    if (event.inputType === "insertParagraph" || event.inputType === "insertLineBreak") event.preventDefault();
    if (event.inputType === "historyUndo" || event.inputType === "historyRedo") event.preventDefault();
    if (!getSelection().isCollapsed) return;
    const caret = cue.caret();
    if (event.inputType.startsWith("deleteContentBackward") && caret === 0) {
      event.preventDefault();
      this.deeds.merge(this.beside(cue, -1), cue);
    }
    if (event.inputType.startsWith("deleteContentForward") && caret === cue.said.textContent.length) {
      event.preventDefault();
      this.deeds.merge(cue, this.beside(cue, 1));
    }
  }

  #left(event) {
    const cue = this.#of(event.target);
    if (cue) this.left = { cue, caret: cue.caret() };
    this.#saveSoon();
  }

  #saveSoon() {
    clearTimeout(this.due);
    this.due = setTimeout(() => this.saving.save(), PAUSE_MS);
  }

  #saved(detail) {
    this.tellState(detail);
    if (detail.state !== "refused") return;
    // Edges that were refused are back where they were.
    this.work(this.current);
    this.rows.lookAt(this.cues);
  }

  #choose(cue, text) {
    cue.theirs = null;
    cue.write(text);
    this.rows.showOther(cue);
    this.#changed(cue);
    cue.setCaret(text.length);
  }

  // What comes from the server

  #takeIn({ revision, by, cues, gone }) {
    for (const id of gone) this.#lose(this.byId.get(id));
    const touched = cues.map(({ id, after, row }) => {
      const fresh = new DOMParser().parseFromString(row, "text/html").querySelector(".cue");
      const known = this.byId.get(id);
      if (known) known.update(document.adoptNode(fresh));
      else this.#put(document.adoptNode(fresh), after);
      return this.byId.get(id);
    });
    this.#order();
    for (const base of this.querySelectorAll("input[name=base]")) base.value = revision;
    touched.forEach((cue) => this.rows.showOther(cue));
    this.rows.lookAt(touched.flatMap((cue) => [this.beside(cue, -1), cue, this.beside(cue, 1)]).filter(Boolean));
    if (!this.byId.has(this.current?.id)) this.current = null;
    this.work(this.current ?? touched[0] ?? this.cues[0]);
    this.#tellOthers(by, touched);
  }

  #put(row, after) {
    const before = this.byId.get(after)?.row;
    if (before) before.after(row);
    else this.list.prepend(row);
    this.#adopt(row);
  }

  #lose(cue) {
    if (!cue) return;
    this.byId.delete(cue.id);
    const written = cue.text;
    if (written && written !== (cue.sent?.text ?? cue.base)) this.rows.showLost(cue.row, written);
    else cue.row.remove();
  }

  #tellOthers(by, touched) {
    const names = Object.entries(by).filter(([number]) => !this.saving.isMine(number)).map(([, name]) => name);
    if (!names.length) return;
    toast(this.texts.others.replace("{who}", [...new Set(names)].join(", ")).replace("{number}", touched.length));
    for (const cue of touched) {
      cue.row.classList.add("touched");
      setTimeout(() => cue.row.classList.remove("touched"), 4000);
    }
  }

  // Moving about

  #key(event) {
    const cue = this.#of(event.target);
    const isTyping = Boolean(event.target.closest(".said"));
    if (event.target.closest("dialog, .beside-cues, input, .edge") && !(event.ctrlKey || event.metaKey)) return;
    if (event.target.closest("dialog") || (event.target.closest("input") && event.key !== "h")) return;
    if (!isTyping && event.target.closest("button, a, summary") && !(event.ctrlKey || event.metaKey) && event.key !== "?") return;
    const deed = deedOf(event, isTyping);
    if (!deed || (deed === "lineUp" || deed === "lineDown" ? !this.#leavesCue(cue, deed) : false)) return;
    event.preventDefault();
    this.#do(deed);
  }

  /** Whether an arrow leads out of the cue: there is no other line above, or below. */
  #leavesCue(cue, deed) {
    const selection = getSelection();
    if (!cue || !selection.isCollapsed) return false;
    const box = cue.said.getBoundingClientRect();
    const at = selection.getRangeAt(0).getClientRects()[0] ?? cue.range(cue.caret() ?? 0, cue.text.length).getClientRects()[0];
    if (!at) return true;
    return deed === "lineUp" ? at.top - at.height < box.top : at.bottom + at.height > box.bottom;
  }

  #do(deed) {
    const deeds = {
      play: () => this.sound.toggle(), split: () => this.deeds.split(), help: () => this.querySelector("dialog.help").showModal(),
      mergePrevious: () => this.deeds.merge(this.beside(this.current, -1), this.current),
      mergeNext: () => this.deeds.merge(this.current, this.beside(this.current, 1)),
      accept: () => this.deeds.accept(), acceptAndGo: () => this.deeds.accept().then(() => this.#doubt(1)),
      nextDoubt: () => this.#doubt(1), previousDoubt: () => this.#doubt(-1),
      undo: () => this.deeds.step("undo"), redo: () => this.deeds.step("redo"),
      find: () => this.finding.open(),
      leave: () => this.current?.row.focus(), write: () => this.current?.setCaret(0),
      previous: () => this.#go(-1), next: () => this.#go(1),
      lineUp: () => this.#go(-1, true), lineDown: () => this.#go(1, true),
      first: () => this.cues[0]?.row.focus(), last: () => this.cues.at(-1)?.row.focus(),
      back: () => this.sound.skip(-1), forth: () => this.sound.skip(1),
    };
    deeds[deed]?.();
  }

  #go(by, typing = false) {
    const cue = this.current && this.beside(this.current, by);
    if (!cue) return;
    if (typing) cue.setCaret(Math.min(this.current.caret() ?? 0, cue.text.length));
    else cue.row.focus();
    cue.row.scrollIntoView({ block: "nearest" });
  }

  #doubt(by) {
    const found = doubtfulPlace(this.cues, this.current, by);
    if (!found) return void toast(this.texts.noDoubts);
    this.#enter(found);
  }

  /** `byKey`: whoever presses Enter once more wants the next place, not a cue that is cut. */
  #findNext(byKey) {
    const found = this.finding.next(this.cues, this.current, this.texts, byKey);
    if (!found) return;
    if (!byKey) return void this.#enter(found);
    found.cue.row.scrollIntoView({ block: "center" });
    this.finding.mark(found);
    this.work(found.cue);
  }

  #enter({ cue, start, stop }) {
    cue.row.scrollIntoView({ block: "center" });
    cue.setCaret(start, stop);
  }

  #clicked(event) {
    const cue = this.#of(event.target);
    if (!cue || !event.target.closest(".at")) return;
    this.work(cue);
    this.sound.playFrom(cue);
  }

  #pressed(event) {
    const button = event.target.closest("[data-do]");
    // A button that a key has pressed is clicked no times.
    if (button?.dataset.do === "findNext") this.#findNext(event.detail === 0);
    else if (button && !button.closest("dialog")) this.#do(button.dataset.do);
    const link = event.target.closest("a[data-flush]");
    if (link && this.saving.isUnsaved) {
      event.preventDefault();
      this.saving.save().then((done) => done && link.click());
    }
  }

  #submitted(event) {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.dataset.step || form.dataset.replace !== undefined) {
      event.preventDefault();
      if (form.dataset.step) this.deeds.step(form.dataset.step);
      else this.deeds.replaceAll();
    } else if (this.saving.isUnsaved) {
      event.preventDefault();
      this.saving.save().then((done) => done && form.requestSubmit());
    }
  }

  // Words for whoever looks, or listens

  say(text) {
    this.querySelector(".saving").textContent = text;
  }

  tellState({ state, error }) {
    const place = this.querySelector(".saving");
    const why = !error ? "" : error.status === 401 ? this.texts.signedOut : error.status === 403 ? this.texts.mayNot : error.status ? error.message : this.texts.offline;
    // How it stands is no news to who has just been told more.
    if ((state === "saved" || state === "choose") && place.dataset.state === state) return;
    place.dataset.state = state;
    place.textContent = this.texts[state].replace("{why}", why);
  }
}

customElements.define("s-editor", Editor);
