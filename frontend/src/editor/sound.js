// What is heard: the player, the cue that is spoken, and where the waveform's mark stands.

const SKIP_SECONDS = 1;

export class Sound {
  /** `heard(cue)` is told when another cue begins to be spoken. */
  constructor(player, { cues, current, heard, moved, button, texts }) {
    Object.assign(this, { player, cues, current, heard, moved, button, texts, spoken: null });
    player?.addEventListener("play", () => this.#follow());
    for (const kind of ["play", "pause"]) player?.addEventListener(kind, () => this.#tellPlaying());
    for (const kind of ["seeked", "timeupdate"]) player?.addEventListener(kind, () => this.moved());
  }

  /** Play on, from the beginning of the cue that is worked on if one is not in it; or pause. */
  toggle() {
    if (!this.player) return;
    if (!this.player.paused) return void this.player.pause();
    const now = this.player.currentTime * 1000;
    const cue = this.current();
    if (cue && (now < cue.start || now >= cue.end)) this.player.currentTime = cue.start / 1000;
    this.player.play();
  }

  playFrom(cue) {
    if (!this.player) return;
    this.player.currentTime = cue.start / 1000;
    this.player.play();
  }

  skip(by) {
    if (this.player) this.player.currentTime = Math.max(0, this.player.currentTime + by * SKIP_SECONDS);
  }

  #follow() {
    this.moved();
    const cue = this.#cueAt(this.player.currentTime * 1000);
    if (cue !== this.spoken) {
      this.spoken?.row.classList.remove("heard");
      cue?.row.classList.add("heard");
      this.spoken = cue;
      if (cue) this.heard(cue);
    }
    if (!this.player.paused) requestAnimationFrame(() => this.#follow());
  }

  #cueAt(ms) {
    const cues = this.cues();
    let [low, high] = [0, cues.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cues[middle].start <= ms) low = middle + 1;
      else high = middle;
    }
    return cues[low - 1];
  }

  #tellPlaying() {
    if (this.button) this.button.textContent = this.player.paused ? this.texts.play : this.texts.pause;
  }
}
