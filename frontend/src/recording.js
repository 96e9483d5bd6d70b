// A recording: its text grows while it is written down, words are lit as they are spoken, a click plays a word.

class Recording extends HTMLElement {
  connectedCallback() {
    this.player = this.querySelector("audio, video");
    this.text = this.querySelector(".text");
    this.phrases = [];
    this.lit = null;
    this.#collect();
    this.text?.addEventListener("click", (event) => this.#clicked(event));
    this.player?.addEventListener("play", () => this.#follow());
    this.player?.addEventListener("seeked", () => this.#light());
    if (this.dataset.events) this.#listen();
  }

  #collect() {
    this.phrases = [...this.querySelectorAll(".phrase")].map((element) => ({ element, start: Number(element.dataset.start) }));
  }

  /** A phrase's words are laid out when they are needed: thirty thousand elements would make any phone slow. */
  #words(phrase) {
    if (phrase.words) return phrase.words;
    const said = phrase.element.querySelector(".said");
    const signs = Array.from(said.textContent);
    const parts = [];
    let place = 0;
    phrase.words = said.dataset.times.split(" ").filter(Boolean).map((one) => {
      const [start, end, length] = one.split(",").map(Number);
      while (signs[place] === " ") parts.push(signs[place++]);
      const element = Object.assign(document.createElement("span"), { className: "word", textContent: signs.slice(place, place + length).join("") });
      parts.push(element);
      place += length;
      return { element, start: phrase.start + start / 100, end: phrase.start + end / 100 };
    });
    said.replaceChildren(...parts);
    return phrase.words;
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

  #follow() {
    this.#light();
    if (!this.player.paused) requestAnimationFrame(() => this.#follow());
  }

  #light() {
    const now = this.player.currentTime;
    const phrase = this.#phraseAt(now);
    const word = phrase && this.#words(phrase).find(({ start, end }) => start <= now && now < end);
    if (word === this.lit) return;
    this.lit?.element.classList.remove("lit");
    word?.element.classList.add("lit");
    this.lit = word ?? null;
  }

  #clicked(event) {
    const element = event.target.closest(".phrase");
    const phrase = this.phrases.find((one) => one.element === element);
    if (!phrase || !this.player || window.getSelection().toString()) return;
    let start = phrase.start;
    if (event.target.closest(".said")) {
      this.#words(phrase);
      // The first click has only just made the words: which one lies there is asked anew.
      const hit = document.elementFromPoint(event.clientX, event.clientY);
      start = phrase.words.find((word) => word.element === hit)?.start ?? start;
    } else if (!event.target.closest(".at")) return;
    this.player.currentTime = start;
    this.player.play();
  }

  #listen() {
    const stream = new EventSource(this.dataset.events);
    const hear = (kind, act) => stream.addEventListener(kind, ({ data }) => act(JSON.parse(data)));
    hear("progress", ({ progress }) => this.#progress(progress));
    hear("segment", (segment) => this.#add(segment));
    // Once the job has ended the server tells the browser to come back no more. The page then has files and
    // captions, and is loaded again. What an event tells of an end may be of an earlier run.
    stream.addEventListener("error", () => stream.readyState === EventSource.CLOSED && location.reload());
    window.addEventListener("pagehide", () => stream.close());
  }

  #progress(share) {
    if (typeof share !== "number") return;
    this.querySelector(".working progress").value = share;
    this.querySelector("[data-percent]").textContent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(share);
  }

  #add(segment) {
    if (!this.text || this.text.querySelector(`[data-id="${CSS.escape(segment.id)}"]`)) return;
    const phrase = document.createElement("p");
    phrase.className = segment.doubtful ? "phrase doubted" : "phrase";
    phrase.dataset.start = segment.start_seconds;
    phrase.dataset.id = segment.id;
    const at = clock(segment.start_seconds);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "at", textContent: at });
    button.ariaLabel = this.dataset.play.replace("{at}", at);
    const said = Object.assign(document.createElement("span"), { className: "said" });
    said.textContent = segment.words.map((word, index) => (index && !word.glued ? " " : "") + word.text).join("");
    const since = (seconds) => Math.round((seconds - segment.start_seconds) * 100);
    said.dataset.times = segment.words.map((word) => [since(word.start_seconds), since(word.end_seconds), Array.from(word.text).length].join(",")).join(" ");
    phrase.append(button, said);
    if (segment.doubtful) phrase.append(Object.assign(document.createElement("span"), { className: "doubt", textContent: this.dataset.doubt }));
    this.text.append(phrase);
    this.#collect();
  }
}

function clock(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

customElements.define("s-recording", Recording);
