// The sound around the cue that is worked on, with its two edges to be moved by mouse, finger or keys. It is drawn
// here: of a long recording a window is all that is needed, and the page's policy takes no styles from a library.

const STEP_MS = 50;
const PAGE_MS = 500;
const SHORTEST_MS = 100;
const LEAST_SHOWN_MS = 6000;
const PADDING_MS = 1500;
const BAR_PX = 3;

export class Waveform {
  /** `moved(cue, edges)` is told while an edge moves; `settled()` when it stays. */
  constructor(element, { texts, player, duration, moved, settled }) {
    Object.assign(this, { element, texts, player, duration, moved, settled, peaks: null, cue: null });
    this.canvas = element.querySelector("canvas");
    this.region = this.#part("region");
    this.playhead = this.#part("playhead");
    this.edges = { start: this.#edge("start", texts.startAt), end: this.#edge("end", texts.endAt) };
    this.canvas.addEventListener("click", (event) => this.#seek(event));
    new ResizeObserver(() => this.draw()).observe(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  async load(address) {
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) return;
    const { data, sample_rate: rate, samples_per_pixel: samples } = await answer.json();
    this.peaks = { data, perSecond: rate / samples };
    this.draw();
  }

  /** Show a cue between its neighbours, where its edges may go. */
  show(cue, previous, next) {
    const other = cue !== this.cue;
    Object.assign(this, { cue, floor: previous?.end ?? 0, ceiling: next?.start ?? this.duration });
    if (other || cue.start < this.from || cue.end > this.to) this.#frame();
    this.draw();
  }

  #frame() {
    const spare = Math.max(PADDING_MS, (LEAST_SHOWN_MS - (this.cue.end - this.cue.start)) / 2);
    this.from = Math.max(0, this.cue.start - spare);
    this.to = Math.max(this.from + 1, Math.min(this.duration, this.cue.end + spare));
  }

  draw() {
    if (!this.cue) return;
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const scale = devicePixelRatio;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = getComputedStyle(this.canvas).color;
    for (let x = 0; x < width && this.peaks; x += BAR_PX) {
      const tall = Math.max(1, this.#loudness(x, width) * height);
      pen.fillRect(x, (height - tall) / 2, BAR_PX - 1, tall);
    }
    this.#place();
    this.tell();
  }

  #loudness(x, width) {
    const at = (px) => Math.floor(((this.from + ((this.to - this.from) * px) / width) / 1000) * this.peaks.perSecond);
    const [first, last] = [at(x), Math.max(at(x) + 1, at(x + BAR_PX))];
    let most = 0;
    for (let pair = first; pair < last; pair++) {
      most = Math.max(most, -(this.peaks.data[2 * pair] ?? 0), this.peaks.data[2 * pair + 1] ?? 0);
    }
    return most / 128;
  }

  #place() {
    const { start, end } = this.cue;
    this.region.style.insetInlineStart = this.#share(start);
    this.region.style.width = `${(100 * (end - start)) / (this.to - this.from)}%`;
    const bounds = { start: [this.floor, end - SHORTEST_MS], end: [start + SHORTEST_MS, this.ceiling] };
    for (const [name, slider] of Object.entries(this.edges)) {
      const at = this.cue[name];
      slider.style.insetInlineStart = this.#share(at);
      [slider.ariaValueMin, slider.ariaValueMax] = bounds[name].map((one) => String(one / 1000));
      slider.ariaValueNow = String(at / 1000);
      slider.ariaValueText = clock(at);
      slider.title = clock(at);
    }
  }

  /** Where the player is. */
  tell() {
    const now = (this.player?.currentTime ?? 0) * 1000;
    this.playhead.hidden = now < this.from || now > this.to;
    this.playhead.style.insetInlineStart = this.#share(now);
  }

  #share(ms) {
    return `${(100 * (ms - this.from)) / (this.to - this.from)}%`;
  }

  #part(name) {
    const part = Object.assign(document.createElement("div"), { className: name });
    this.element.append(part);
    return part;
  }

  #edge(name, label) {
    const slider = this.#part(`edge ${name}`);
    slider.tabIndex = 0;
    slider.role = "slider";
    slider.ariaLabel = label;
    slider.addEventListener("keydown", (event) => this.#key(event, name));
    slider.addEventListener("keyup", () => this.settled());
    let held = null;
    slider.addEventListener("pointerdown", (event) => {
      held = this.cue;
      slider.setPointerCapture(event.pointerId);
      slider.focus();
      event.preventDefault();
    });
    slider.addEventListener("pointermove", (event) => {
      // Another cue is shown when somebody else takes this one out meanwhile: its edge is not what is dragged.
      if (slider.hasPointerCapture(event.pointerId) && held === this.cue) this.#move(name, this.#timeAt(event));
    });
    slider.addEventListener("pointerup", () => this.settled());
    return slider;
  }

  #key(event, name) {
    const steps = { ArrowLeft: -STEP_MS, ArrowDown: -STEP_MS, ArrowRight: STEP_MS, ArrowUp: STEP_MS, PageDown: -PAGE_MS, PageUp: PAGE_MS };
    const by = steps[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#move(name, this.cue[name] + by);
  }

  #move(name, wanted) {
    const { start, end } = this.cue;
    const [least, most] = name === "start" ? [this.floor, end - SHORTEST_MS] : [start + SHORTEST_MS, this.ceiling];
    const at = Math.round(Math.min(Math.max(wanted, least), Math.max(least, most)));
    if (at === this.cue[name]) return;
    this.moved(this.cue, { start, end, [name]: at });
    this.#place();
  }

  #timeAt(event) {
    const box = this.element.getBoundingClientRect();
    return this.from + ((this.to - this.from) * (event.clientX - box.left)) / box.width;
  }

  #seek(event) {
    if (!this.player) return;
    this.player.currentTime = this.#timeAt(event) / 1000;
    this.tell();
  }
}

export function clock(ms) {
  const seconds = ms / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (seconds % 60).toFixed(2).padStart(5, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
