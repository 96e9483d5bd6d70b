// The edits that are more than typing. Each is made on the newest text, or not at all.
import { toast } from "../parts/toasts.js";

export class Deeds {
  constructor(editor, { saving, finding, texts }) {
    Object.assign(this, { editor, saving, finding, texts });
  }

  /** `impossible`: what to tell when there is no sense in it, here or for the server. */
  async #edit(wish, impossible = () => this.texts.stale) {
    try {
      const found = await this.saving.edit(wish);
      if (!found && this.saving.isSent) toast(impossible());
      return found;
    } catch (error) {
      if (error.kind === "impossible-edit") toast(impossible());
      else this.editor.tellState({ state: "refused", error });
      return null;
    }
  }

  async split() {
    const cue = this.editor.current;
    const caret = this.#caretIn(cue);
    if (caret === null || !cue.text) return toast(this.texts.noSplit);
    // Of what stands before the cursor, so that a word that is typed meanwhile does no harm.
    const share = cue.said.textContent.slice(0, caret);
    if (!share.trim() || !cue.said.textContent.slice(caret).trim()) return toast(this.texts.noSplit);
    let impossible = this.texts.stale;
    const found = await this.#edit(() => {
      if (this.editor.byId.get(cue.id) !== cue) return null;
      const before = cue.wordAt(share.replace(/\s+/gu, " ").trimStart().length);
      if (!before) impossible = this.texts.noSplit;
      return before ? [{ op: "split_segment", before }] : null;
    }, () => impossible);
    const second = found && this.editor.beside(cue, 1);
    if (!second) return undefined;
    second.setCaret(0);
    return this.editor.say(this.texts.split);
  }

  #caretIn(cue) {
    return cue?.caret() ?? (this.editor.left?.cue === cue ? this.editor.left.caret : null);
  }

  async merge(first, second) {
    if (!first || !second) return;
    const found = await this.#edit(() => {
      const still = this.editor.byId.get(first.id) === first && this.editor.beside(first, 1) === second;
      return still ? [{ op: "merge_segments", segments: [first.id, second.id] }] : null;
    });
    if (!found) return;
    first.setCaret(Math.max(0, first.text.length - second.text.length));
    this.editor.say(this.texts.joined);
  }

  async accept() {
    const cue = this.editor.current;
    if (!cue?.isDoubtful) return;
    const found = await this.#edit(() => {
      const words = cue.unsureWords();
      return [
        ...(cue.isDoubted ? [{ op: "accept_segments", segments: [cue.id] }] : []),
        ...(words.length ? [{ op: "accept_words", words }] : []),
      ];
    });
    if (found) this.editor.say(this.texts.accepted);
  }

  async nameSpeaker(name) {
    const cue = this.editor.current;
    if (!cue || name === cue.speaker) return;
    await this.#edit(() => [{ op: "set_segments", segments: [cue.id], speaker: name || null }]);
    this.editor.work(cue);
  }

  async step(name) {
    clearTimeout(this.editor.due);
    await this.saving.save().catch(() => {});
    const by = this.saving.authors.get(this.saving.revision);
    if (name === "undo" && by && !(await this.#sure(this.texts.undoOthers.replace("{who}", by)))) return;
    try {
      const found = await this.saving.step(name);
      // What keeps it from being saved is told where that is told.
      if (!found) return void (this.saving.isSent && toast(this.texts.stale));
      const cue = this.editor.byId.get(found.cues[0]?.id);
      if (cue) {
        cue.row.scrollIntoView({ block: "nearest" });
        cue.setCaret(Math.min(this.editor.left?.caret ?? 0, cue.text.length));
      }
      this.editor.say(name === "undo" ? this.texts.undone : this.texts.redone);
    } catch (error) {
      if (error.kind === "nothing-to-undo") toast(this.texts.nothingToUndo);
      else if (error.kind === "nothing-to-redo") toast(this.texts.nothingToRedo);
      else this.editor.tellState({ state: "refused", error });
    }
  }

  #sure(question) {
    const dialog = this.editor.querySelector("dialog.sure");
    dialog.querySelector("h2").textContent = question;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }

  async replaceAll() {
    const found = await this.#edit(() => [{ op: "replace_text", ...this.finding.wish }], () => this.texts.notFound);
    this.finding.told.textContent = found ? this.texts.replaced.replace("{number}", found.cues.length + found.gone.length) : "";
  }
}
