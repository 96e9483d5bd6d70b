// `<s-moment>`: a moment plays where it is told, one at a time; nothing of it is loaded before.

class Moment extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.player = this.querySelector("audio");
    this.button.addEventListener("click", () => this.#play());
    this.player.addEventListener("play", () => this.#alone());
  }

  #play() {
    this.classList.add("playing");
    this.player.play();
    this.player.focus();
  }

  #alone() {
    for (const other of document.querySelectorAll("s-moment audio")) if (other !== this.player) other.pause();
  }
}

customElements.define("s-moment", Moment);
