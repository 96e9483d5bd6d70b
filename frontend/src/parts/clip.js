// `<s-clip>`: a file with a voice, chosen or recorded; either way it can be heard before it is sent.

class Clip extends HTMLElement {
  connectedCallback() {
    this.file = this.querySelector("input[type=file]");
    this.player = this.querySelector(".heard audio");
    this.told = this.querySelector(".heard .clip-told");
    this.addEventListener("recorded", ({ detail }) => this.#take(detail));
    this.file.addEventListener("change", () => this.#show());
  }

  #take(file) {
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
