// A recording: its text grows while it is written down, words are lit as they are spoken, a click plays a word.
import "./parts/copy.js";
import "./parts/waveform.js";
import { clock, secondsOf } from "./parts/clock.js";
import { followJob } from "./parts/job_events.js";

const DOUBTFUL = ".doubted, .unsure";

// A page that somebody leaves is gone long before.
const LEAVING_MS = 10_000;

class Recording extends HTMLElement {
  connectedCallback() {
    this.player = this.querySelector("audio, video");
    this.text = this.querySelector(".text");
    this.phrases = [...this.querySelectorAll(".phrase")].map((element) => this.#phrase(element));
    this.chapters = [...this.querySelectorAll(".chapters [data-start]")];
    this.known = new Set(this.phrases.map(({ element }) => element.dataset.id));
    this.lit = null;
    for (const kind of ["pointerover", "focusin"]) this.text?.addEventListener(kind, () => this.#takeTimes(), { once: true });
    this.addEventListener("click", (event) => this.#clicked(event));
    this.player?.addEventListener("play", () => {
      this.#takeTimes();
      this.#follow();
    });
    this.player?.addEventListener("seeked", () => this.#light());
    this.querySelector("[data-print]")?.addEventListener("click", () => window.print());
    if (this.dataset.events) this.#listen();
    this.#goTo(location.hash.match(/^#t=([\d.]+)/)?.[1]);
  }

  /** Where a link to a moment leads: `#t=12.4`, as in media fragments. */
  #goTo(seconds) {
    if (seconds === undefined || !this.player) return;
    this.player.currentTime = Number(seconds);
    this.#takeTimes().then(() => this.#phraseAt(Number(seconds))?.element.scrollIntoView({ block: "center" }));
  }

  // Words

  /** Of a long text only the clock beside a phrase is here at first, which tells its start to the second. */
  #phrase(element) {
    const button = element.querySelector(".at");
    button.ariaLabel = this.dataset.play.replace("{at}", button.textContent);
    return { element, start: Number(element.dataset.start ?? secondsOf(button.textContent)) };
  }

  /** A long text comes without its times: they are fetched once somebody may need them. */
  #takeTimes() {
    this.times ??= this.dataset.wordTimes ? this.#fetchTimes() : Promise.resolve();
    return this.times;
  }

  async #fetchTimes() {
    const answer = await fetch(this.dataset.wordTimes).catch(() => null);
    const { revision, starts, phrases } = answer?.ok ? await answer.json() : {};
    // Of a text that was edited since they would belong to other words; phrases are lit and played without.
    if (String(revision) !== this.dataset.revision || phrases.length !== this.phrases.length) return;
    this.phrases.forEach((phrase, number) => Object.assign(phrase, { start: starts[number], times: phrases[number] }));
  }

  /** A phrase's words are laid out when they are needed: thirty thousand elements would make any phone slow. */
  #words(phrase) {
    if (phrase.words) return phrase.words;
    const said = phrase.element.querySelector(".said");
    const times = phrase.times ?? said.dataset.times;
    if (!times) return [];
    const signs = Array.from(said.textContent);
    const parts = [];
    let place = 0;
    phrase.words = times.split(" ").map((one) => {
      const [start, end, length, sure] = one.split(",").map(Number);
      while (signs[place] === " ") parts.push(signs[place++]);
      const element = this.#word(signs.slice(place, place + length).join(""), sure);
      parts.push(element);
      place += length;
      return { element, start: phrase.start + start / 100, end: phrase.start + end / 100 };
    });
    said.replaceChildren(...parts);
    return phrase.words;
  }

  #word(text, sure) {
    if (sure === undefined) return Object.assign(document.createElement("span"), { className: "word", textContent: text });
    const share = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(sure / 100);
    const title = this.dataset.unsure.replace("{share}", share).replace("{word}", text);
    return Object.assign(document.createElement("mark"), { className: "word unsure", textContent: text, title });
  }

  #phraseAt(seconds) {
    let low = 0;
    let high = this.phrases.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.phrases[middle].start <= seconds) low = middle + 1;
      else high = middle;
    }
    return this.phrases[low - 1];
  }

  // Playing

  #follow() {
    this.#light();
    if (!this.player.paused) requestAnimationFrame(() => this.#follow());
  }

  #light() {
    const now = this.player.currentTime;
    const phrase = this.#phraseAt(now);
    const word = phrase && this.#words(phrase).find(({ start, end }) => start <= now && now < end);
    if (phrase !== this.reached) this.#reach(phrase, now);
    if (word === this.lit) return;
    this.lit?.element.classList.remove("lit");
    word?.element.classList.add("lit");
    this.lit = word ?? null;
  }

  /** Another phrase is spoken: whoever read along sees it too, and whoever had gone elsewhere stays there. */
  #reach(phrase, now) {
    const readAlong = this.reached && isSeen(this.reached.element);
    this.reached = phrase;
    if (readAlong && !isSeen(phrase?.element)) phrase?.element.scrollIntoView({ block: "center" });
    const chapter = this.chapters.findLast(({ dataset }) => Number(dataset.start) <= now);
    for (const one of this.chapters) one.ariaCurrent = one === chapter ? "true" : null;
  }

  #play(start) {
    this.player.currentTime = start;
    // Whoever pauses before it has begun breaks it off, which is no fault.
    this.player.play().catch(() => {});
  }

  #clicked(event) {
    if (event.target.closest("[data-next-doubt]")) return this.#takeTimes().then(() => this.#nextDoubt());
    if (!this.player) return;
    const link = event.target.closest("a[data-start]");
    if (link) {
      event.preventDefault();
      return this.#play(Number(link.dataset.start));
    }
    const element = event.target.closest(".phrase");
    const phrase = element && this.phrases.find((one) => one.element === element);
    if (!phrase || window.getSelection().toString()) return;
    if (event.target.closest(".said")) this.#takeTimes().then(() => this.#play(this.#startUnder(event, phrase)));
    else if (event.target.closest(".at")) this.#takeTimes().then(() => this.#play(phrase.start));
  }

  #startUnder({ clientX, clientY }, phrase) {
    const words = this.#words(phrase);
    // The first click has only just made the words: which one lies there is asked anew.
    const hit = document.elementFromPoint(clientX, clientY);
    return words.find((word) => word.element === hit)?.start ?? phrase.start;
  }

  // Doubts

  /** One after the other: in sight, at its place in the recording, and its reason told. */
  #nextDoubt() {
    const places = [...this.text.querySelectorAll(DOUBTFUL)];
    const at = this.doubt ? places.findIndex((one) => one.compareDocumentPosition(this.doubt) & Node.DOCUMENT_POSITION_PRECEDING) : 0;
    const found = places[at === -1 ? 0 : at];
    const phrase = this.phrases.find(({ element }) => element.contains(found));
    // Its words are laid out anew when it is played, and the mark with them.
    const number = [...phrase.element.querySelectorAll(".unsure")].indexOf(found);
    const words = this.#words(phrase);
    const element = number === -1 ? found : phrase.element.querySelectorAll(".unsure")[number];
    this.doubt?.classList.remove("looked-at");
    element.classList.add("looked-at");
    element.scrollIntoView({ block: "center" });
    this.doubt = element;
    const told = number === -1 ? phrase.element.querySelector(".doubt").textContent : element.title;
    this.querySelector(".doubt-told").textContent = told;
    if (this.player) this.player.currentTime = words.find((word) => word.element === element)?.start ?? phrase.start;
  }

  // While it is written down

  #listen() {
    const notice = this.querySelector(".away");
    window.addEventListener("beforeunload", () => (this.leaving = true));
    followJob(this.dataset.events, Number(this.dataset.after), {
      hear: {
        progress: ({ progress, step }) => this.#progress(progress, step),
        segment: (segment) => this.#add(segment),
      },
      ended: () => this.#ended(),
      away: (is) => {
        notice.textContent = is ? this.dataset.away : "";
        notice.hidden = !is;
      },
    });
  }

  /** The page has files and captions now. Whoever listens to the recording is not interrupted, nor who is leaving. */
  #ended() {
    if (this.player && !this.player.paused) this.player.addEventListener("pause", () => this.#reload(), { once: true });
    else this.#reload();
  }

  /** To load again at once would hold somebody back who has just followed a link. */
  #reload() {
    setTimeout(() => location.reload(), this.leaving ? LEAVING_MS : 0);
  }

  #progress(share, step) {
    if (typeof share !== "number") return;
    this.dispatchEvent(new CustomEvent("progressed", { detail: { progress: share, step } }));
    this.querySelector(".working progress").value = share;
    this.querySelector("[data-percent]").textContent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
    const list = this.querySelector(".job-steps");
    const steps = [...(list?.querySelectorAll("[data-step]") ?? [])];
    const reached = steps.findIndex(({ dataset }) => dataset.step === step);
    steps.slice(0, reached + 1).forEach((one, place) => {
      const state = place === reached ? "running" : "done";
      if (one.classList.contains("failed")) return;
      one.className = `job-step ${state}`;
      one.querySelector("span").textContent = list.dataset[state];
    });
  }

  #add(segment) {
    if (!this.text || this.known.has(segment.id) || !segment.words.length) return;
    this.known.add(segment.id);
    const element = document.createElement("p");
    element.className = segment.doubtful ? "phrase doubted" : "phrase";
    element.dataset.start = segment.start_seconds;
    const at = clock(segment.start_seconds);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "at", textContent: at });
    button.ariaLabel = this.dataset.play.replace("{at}", at);
    const said = Object.assign(document.createElement("span"), { className: "said" });
    said.textContent = segment.words.map((word, index) => (index && !word.glued ? " " : "") + word.text).join("");
    said.dataset.times = segment.words.map((word) => timesOf(word, segment.start_seconds)).join(" ");
    element.append(button, said);
    if (segment.doubtful) element.append(Object.assign(document.createElement("span"), { className: "doubt", textContent: this.#reason(segment.doubtful) }));
    this.text.querySelector(":scope > .quiet")?.remove();
    this.text.append(element);
    const phrase = { element, start: segment.start_seconds };
    this.phrases.push(phrase);
    if (segment.words.some(isUnsure)) this.#words(phrase);
  }

  #reason(told) {
    const { doubtUnlikely, doubtRepeats, doubt } = this.dataset;
    return { "low probability": doubtUnlikely, "repeats itself": doubtRepeats }[told] ?? doubt;
  }
}

// As `web/told_transcript.py` has it.
const UNSURE_BELOW = 0.5;

function isUnsure({ confidence }) {
  return typeof confidence === "number" && confidence < UNSURE_BELOW;
}

function timesOf(word, start) {
  const since = (seconds) => Math.round((seconds - start) * 100);
  const told = [since(word.start_seconds), since(word.end_seconds), Array.from(word.text).length];
  return (isUnsure(word) ? [...told, Math.round(word.confidence * 100)] : told).join(",");
}

function isSeen(element) {
  const { top, bottom } = element?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
  return bottom > 0 && top < window.innerHeight;
}

customElements.define("s-recording", Recording);
