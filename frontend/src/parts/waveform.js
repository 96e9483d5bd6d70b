// `<s-waveform data-for="player" data-source="…">`: the sound of a recording as a picture, in which one goes to a
// place by a click, a finger or the keyboard. `data-marks`: where chapters begin, in seconds.
import { clock } from "./clock.js";

const BAR_PX = 3;
const GAP_PX = 1;
const STEP_SECONDS = 5;
const LONG_STEP_SECONDS = 30;
const KEYS = { ArrowLeft: -STEP_SECONDS, ArrowDown: -STEP_SECONDS, ArrowRight: STEP_SECONDS, ArrowUp: STEP_SECONDS, PageDown: -LONG_STEP_SECONDS, PageUp: LONG_STEP_SECONDS };

class Waveform extends HTMLElement {
  #bars = [];
  #length = 0;

  async connectedCallback() {
    this.player = document.getElementById(this.dataset.for);
    this.marks = this.dataset.marks.split(" ").filter(Boolean).map(Number);
    this.#length = Number(this.dataset.length);
    this.canvas = document.createElement("canvas");
    this.canvas.ariaHidden = "true";
    this.slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: this.#length, step: 0.01, value: 0, ariaLabel: this.dataset.label });
    this.append(this.canvas, this.slider);
    this.slider.addEventListener("input", () => (this.player.currentTime = Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.#key(event));
    for (const kind of ["timeupdate", "seeking", "loadedmetadata"]) this.player.addEventListener(kind, () => this.#show());
    new ResizeObserver(() => this.#draw()).observe(this);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    this.#show();
    const answer = await fetch(this.dataset.source).catch(() => null);
    if (!answer?.ok) return;
    ({ bars: this.#bars, seconds: this.#length } = await answer.json());
    this.#show();
  }

  #key(event) {
    const step = KEYS[event.key];
    if (!step) return;
    event.preventDefault();
    this.player.currentTime = Math.min(Math.max(this.player.currentTime + step, 0), this.#length);
  }

  #show() {
    const now = this.player.currentTime;
    this.slider.max = this.#length;
    this.slider.value = now;
    const place = { at: clock(now), all: clock(this.#length) };
    this.slider.setAttribute("aria-valuetext", this.dataset.place.replace(/{(\w+)}/g, (_, name) => place[name]));
    this.#draw();
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this;
    const scale = window.devicePixelRatio;
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    const { color: ahead, outlineColor: played, columnRuleColor: mark } = getComputedStyle(this.canvas);
    const end = (this.player.currentTime / this.#length) * width;
    const count = Math.floor(width / (BAR_PX + GAP_PX));
    for (let number = 0; number < count; number++) {
      const left = number * (BAR_PX + GAP_PX);
      const high = Math.max(2, this.#loudest(number, count) * height);
      pen.fillStyle = left < end ? played : ahead;
      pen.fillRect(left, (height - high) / 2, BAR_PX, high);
    }
    pen.fillStyle = mark;
    for (const start of this.marks.filter(Boolean)) pen.fillRect((start / this.#length) * width, 0, 1, height);
    pen.fillStyle = played;
    pen.fillRect(Math.min(end, width - 2), 0, 2, height);
  }

  #loudest(number, count) {
    if (!this.#bars.length) return 0;
    const edge = (at) => Math.floor((at / count) * this.#bars.length);
    return Math.max(...this.#bars.slice(edge(number), Math.max(edge(number + 1), edge(number) + 1))) / 127;
  }
}

customElements.define("s-waveform", Waveform);
