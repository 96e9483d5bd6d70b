// The studio of films: what a film will take is told while it is wished for, voices are heard, files come in
// without leaving the page.
import { inProject, progressWords, reason, Sending } from "./parts/sending.js";
import { toast } from "./parts/toasts.js";

const SETTLES_MS = 600;
const ACCEPTED = { picture: "image/jpeg,image/png,image/webp", logo: "image/jpeg,image/png,image/webp", music: "audio/*,video/*", recording: "audio/*,video/*" };
const SELECTS = { music: "music", logo: "brand.logo", recording: "recording" };

class Studio extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.told = this.querySelector("[data-estimate]");
    this.addEventListener("input", (event) => this.#changed(event));
    this.addEventListener("click", (event) => this.#pressed(event));
    if (this.#tellsSomething()) this.#ask();
  }

  #changed({ target }) {
    const tick = target.type === "color" && this.form.elements[`${target.name}.own`];
    if (tick) tick.checked = true;
    clearTimeout(this.due);
    this.due = setTimeout(() => this.#tellsSomething() && this.#ask(), SETTLES_MS);
  }

  #tellsSomething() {
    const { source, prompt, recording } = this.form.elements;
    return source.value === "recording" ? recording.value : prompt.value.trim();
  }

  async #ask() {
    const asked = (this.asked = Symbol("asked"));
    const answer = await fetch(inProject("/app/films/estimate"), { method: "POST", body: new URLSearchParams(new FormData(this.form)) }).catch(() => null);
    // Of two that are under way the later one counts.
    if (!answer?.ok || asked !== this.asked) return;
    this.told.innerHTML = await answer.text();
    this.#show(this.told.querySelector("[data-about]"));
  }

  /** What cannot be stands beside its field, too. */
  #show(problem) {
    for (const place of this.querySelectorAll("[data-problem]")) {
      const mine = problem?.dataset.about === place.dataset.problem;
      place.hidden = !mine;
      place.textContent = "";
      if (mine) place.append(...problem.cloneNode(true).childNodes);
      document.getElementById(place.dataset.problem)?.setAttribute("aria-invalid", String(mine));
    }
  }

  #pressed(event) {
    const button = event.target.closest("button");
    if (button?.dataset.sample !== undefined) {
      event.preventDefault();
      this.#listen(button);
    } else if (button?.dataset.bring) this.#choose(button.dataset.bring);
  }

  async #listen(button) {
    if (this.playing) return this.playing.pause();
    button.disabled = true;
    const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(this.form)) }).catch(() => null);
    button.disabled = false;
    if (!answer?.ok) return toast(answer ? await reason(answer) : this.dataset.failed.replace("{why}", ""));
    const address = URL.createObjectURL(await answer.blob());
    const says = button.textContent;
    this.playing = new Audio(address);
    button.textContent = this.dataset.stop;
    const end = () => {
      URL.revokeObjectURL(address);
      this.playing = null;
      button.textContent = says;
    };
    for (const kind of ["pause", "ended", "error"]) this.playing.addEventListener(kind, end, { once: true });
    await this.playing.play().catch(end);
  }

  #choose(place) {
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ACCEPTED[place], multiple: place === "picture" });
    input.addEventListener("change", () => this.bring(place, input.files));
    input.click();
  }

  async bring(place, files) {
    const told = this.querySelector(`[data-brings="${place}"]`);
    for (const file of files) {
      if (file.size > Number(this.dataset.mostBytes)) {
        told.textContent = this.dataset.large;
        continue;
      }
      const sending = new Sending(file, (...progress) => (told.textContent = progressWords(this.dataset.sending, ...progress)));
      try {
        this.#take(place, await sending.send(), file.name);
        told.textContent = "";
      } catch (error) {
        told.textContent = this.dataset.failed.replace("{why}", error.message);
      }
    }
  }

  #take(place, id, name) {
    if (place === "picture") {
      const label = Object.assign(document.createElement("label"), { className: "tick" });
      label.append(Object.assign(document.createElement("input"), { type: "checkbox", name: "images", value: id, checked: true }));
      label.append(Object.assign(document.createElement("span"), { className: "file-name", textContent: name }));
      this.querySelector("[data-pictures]").prepend(label);
    } else {
      const select = document.getElementById(SELECTS[place]);
      select.add(new Option(name, id, true, true));
    }
    this.form.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("s-studio", Studio);
