// `<s-fresh id data-every="SECONDS">`: what stands in it is looked up again every so often, as long as somebody
// can see it. Once the server says no `data-every` any more, that was the last time.
import { tellTimes } from "./relative_time.js";

const SECOND_MS = 1000;

class Fresh extends HTMLElement {
  connectedCallback() {
    this.shown = this.innerHTML;
    this.#wait();
  }

  disconnectedCallback() {
    clearTimeout(this.waiting);
  }

  #wait() {
    const seconds = Number(this.dataset.every);
    if (seconds) this.waiting = setTimeout(() => this.#look(), seconds * SECOND_MS);
  }

  async #look() {
    // Who types, or has something open, is not disturbed; a page that nobody sees asks nothing.
    if (!document.hidden && !this.#isInUse()) await this.#fill();
    this.#wait();
  }

  #isInUse() {
    const focused = document.activeElement;
    return this.contains(focused) && focused.matches("input, select, textarea, summary");
  }

  async #fill() {
    const answer = await fetch(location.pathname + location.search).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(this.id);
    if (!fresh || this.#isInUse()) return;
    if (fresh.dataset.every) this.dataset.every = fresh.dataset.every;
    else delete this.dataset.every;
    if (fresh.innerHTML === this.shown) return;
    const label = this.contains(document.activeElement) ? name(document.activeElement) : null;
    this.shown = fresh.innerHTML;
    this.innerHTML = this.shown;
    tellTimes(this);
    if (label) [...this.querySelectorAll("a, button")].find((one) => name(one) === label)?.focus();
  }
}

function name(element) {
  return element.getAttribute("aria-label") ?? element.textContent.trim();
}

customElements.define("s-fresh", Fresh);
