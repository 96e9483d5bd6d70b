// `<s-film>`: a film that is being made shows a sketch of itself as soon as there is one, and how long it takes.
import { clock } from "./parts/clock.js";

// A first look at the speed would tell more of the start than of the work.
const TELLING_MS = 4000;

class Film extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.events) return;
    this.frame = this.querySelector("[data-frame]");
    const recording = this.closest("s-recording");
    // The page around it listens already, and a browser has few connections for one server.
    recording?.addEventListener("progressed", ({ detail }) => this.#progressed(detail));
  }

  #progressed({ progress, step }) {
    const now = performance.now();
    this.first ??= [now, progress];
    const [began, before] = this.first;
    if (now - began > TELLING_MS && progress > before) {
      const left = ((now - began) / 1000) * ((1 - progress) / (progress - before));
      this.querySelector("[data-left-told]").textContent = this.dataset.left.replace("{time}", clock(left));
    }
    if (step === "picture" || step === "finish") this.#look();
  }

  /** The sketch is there from the moment on that the first pictures are drawn. */
  async #look() {
    if (this.looking || this.frame.querySelector("img")) return;
    this.looking = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const image = new Image();
    image.alt = this.querySelector("[data-told]").dataset.alt;
    image.src = still ? this.frame.dataset.frame : this.frame.dataset.sketch;
    await image.decode().then(() => this.#show(image), () => {});
    this.looking = false;
  }

  #show(image) {
    this.frame.replaceChildren(image);
    const told = this.querySelector("[data-told]");
    told.textContent = told.dataset.wordsSome;
  }
}

customElements.define("s-film", Film);
