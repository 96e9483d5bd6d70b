// `<s-clip>`: a file with a voice, chosen or recorded; either way it can be heard before it is sent.
import { hold, letGo } from "./microphone.js";

class Clip extends HTMLElement {
  connectedCallback() {
    this.file = this.querySelector("input[type=file]");
    this.player = this.querySelector(".heard audio");
    this.told = this.querySelector(".heard .clip-told");
    this.taken = null;
    this.addEventListener("recorded", ({ detail }) => this.#take(detail));
    this.file.addEventListener("change", () => {
      letGo(this.taken);
      this.taken = null;
      this.#show();
    });
    const form = this.closest("form");
    form.addEventListener("submit", () => letGo(this.taken));
    form.addEventListener("refused", () => this.taken && hold(this.taken));
  }

  #take(file) {
    letGo(this.taken);
    this.taken = file;
    const files = new DataTransfer();
    files.items.add(file);
    this.file.files = files.files;
    this.#show();
  }

  #show() {
    URL.revokeObjectURL(this.player.src);
    const [file] = this.file.files;
    this.player.hidden = !file;
    this.told.textContent = file ? this.told.dataset.ready : "";
    if (file) this.player.src = URL.createObjectURL(file);
    else this.player.removeAttribute("src");
  }
}

customElements.define("s-clip", Clip);
