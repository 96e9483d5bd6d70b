// `<s-microphone>`: its button records until it is pressed again; the sound becomes a file like any other, which the
// event `recorded` brings. A `.level` within shows how loud it is meanwhile. Nobody leaves unasked who would lose a take.

const KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const SECOND_MS = 1000;
// Recorders at work, and takes that are here alone.
const atRisk = new Set();

window.addEventListener("beforeunload", (event) => atRisk.size && event.preventDefault());

/** A take was sent, or somebody wants it no more. */
export function letGo(take) {
  atRisk.delete(take);
}

/** It is here alone after all. */
export function hold(take) {
  atRisk.add(take);
}

class Microphone extends HTMLElement {
  #recorder = null;
  #isStarting = false;

  connectedCallback() {
    this.button = this.querySelector("button");
    this.says = this.button.textContent;
    if (!navigator.mediaDevices || !window.MediaRecorder) return;
    this.button.hidden = false;
    this.button.addEventListener("click", () => (this.#recorder ? this.#recorder.stop() : this.#begin()));
  }

  async #begin() {
    // Whoever presses twice gets one recorder: of two the first could not be stopped any more.
    if (this.#isStarting) return;
    this.#isStarting = true;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    this.#isStarting = false;
    if (!stream) return this.#tell(this.dataset.refused);
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const pieces = [];
    const began = Date.now();
    this.#recorder = new MediaRecorder(stream, { mimeType: type });
    this.#recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
    this.#recorder.addEventListener("stop", () => this.#end(stream, pieces, type));
    // Piece by piece, so that what was said is in memory once, not twice.
    this.#recorder.start(SECOND_MS);
    hold(this.#recorder);
    this.classList.add("recording-now");
    this.#show(stream);
    this.ticking = setInterval(() => this.#tell(`${this.dataset.stop} · ${clock((Date.now() - began) / SECOND_MS)}`), SECOND_MS);
    this.#tell(this.dataset.stop);
  }

  #end(stream, pieces, type) {
    clearInterval(this.ticking);
    stream.getTracks().forEach((track) => track.stop());
    letGo(this.#recorder);
    this.#recorder = null;
    this.classList.remove("recording-now");
    this.#tell(this.says);
    const ending = type.startsWith("audio/mp4") ? "m4a" : type.startsWith("audio/ogg") ? "ogg" : "webm";
    const at = new Date().toLocaleString("sv").replaceAll(":", ".");
    const file = new File(pieces, `${this.dataset.name} ${at}.${ending}`, { type });
    hold(file);
    this.dispatchEvent(new CustomEvent("recorded", { detail: file, bubbles: true }));
  }

  #show(stream) {
    const level = this.querySelector(".level");
    if (!level) return;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const draw = () => {
      level.hidden = !this.#recorder;
      if (level.hidden) return context.close();
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
      // From -60 dB, which is a quiet room, to the loudest that there is.
      const loud = Math.max(0, 1 + (10 * Math.log10(power + 1e-9)) / 60);
      level.firstElementChild.style.transform = `scaleX(${loud})`;
      requestAnimationFrame(draw);
    };
    draw();
  }

  #tell(text) {
    this.button.textContent = text;
  }
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

customElements.define("s-microphone", Microphone);
