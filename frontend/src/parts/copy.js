// `<s-copy data-copied="…"><input readonly><button hidden>`: the button copies what stands in the field.
import { toast } from "./toasts.js";

class Copy extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input, textarea");
    this.field.addEventListener("focus", () => this.field.select());
    const button = this.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => this.#copy());
  }

  async #copy() {
    this.field.select();
    // Without TLS a browser has no clipboard for pages, and copies what is selected all the same.
    const done = navigator.clipboard
      ? await navigator.clipboard.writeText(this.field.value).then(() => true, () => false)
      : document.execCommand("copy");
    if (done) toast(this.dataset.copied);
  }
}

customElements.define("s-copy", Copy);
