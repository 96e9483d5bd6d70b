// A file on its way to the server by tus, so that it goes on where the line broke.
import { Upload } from "tus-js-client";
import { ask, csrfToken } from "./session.js";
import { clock } from "./clock.js";

// Whoever works in another project by the time an upload goes on, or has another page in one, begins anew there: by
// its address tus knows an upload again.
const ENDPOINT = inProject("/api/uploads");
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 30_000];
// Small enough that a proxy which holds a whole request holds little.
const PIECE_BYTES = 32 * 1024 * 1024;
// Of the speed that is told: what a line did a minute ago says little of it now.
const LOOKS_BACK_MS = 10_000;
// The server keeps no longer what nobody goes on with.
const KEPT_MS = 24 * 3600 * 1000;

/** `told(done, all, speed, left)`: shares in bytes, bytes a second, seconds; null for what cannot be told yet. */
export class Sending {
  constructor(file, told) {
    this.file = file;
    this.told = told;
    this.marks = [];
  }

  /** The id of the recording that the file has become. Raises what the server says. */
  async send() {
    const address = await new Promise((resolve, reject) => this.#begin(resolve, reject));
    const { media_id, error } = await (await ask(address)).json();
    if (!media_id) throw new Error(error ?? "");
    return media_id;
  }

  /** Give it up: nothing of it is kept. */
  async stop() {
    await this.upload?.abort(true).catch(() => {});
    this.giveUp?.(new Error());
  }

  #begin(resolve, reject) {
    this.giveUp = reject;
    this.upload = new Upload(this.file, {
      endpoint: ENDPOINT,
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_MS,
      removeFingerprintOnSuccess: true,
      metadata: { filename: this.file.name },
      // Asked for anew each time: a long upload outlives a sign-in, which is renewed meanwhile.
      onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", csrfToken()),
      onProgress: (sent, all) => this.#progress(sent, all),
      onSuccess: () => resolve(this.upload.url),
      onError: (error) => reject(new Error(detail(error))),
    });
    this.upload.findPreviousUploads().then((known) => {
      if (known.length) this.upload.resumeFromPreviousUpload(known[0]);
      this.upload.start();
    });
  }

  #progress(sent, all) {
    const now = performance.now();
    this.marks.push([now, sent]);
    while (this.marks.length > 2 && now - this.marks[0][0] > LOOKS_BACK_MS) this.marks.shift();
    const [began, before] = this.marks[0];
    const speed = now > began ? (1000 * (sent - before)) / (now - began) : 0;
    this.told(sent, all, speed, speed > 0 ? (all - sent) / speed : null);
  }
}

/** An address in the project that the page was made for, whichever its browser has gone to since. */
export function inProject(address) {
  const { project } = document.documentElement.dataset;
  return project ? `${address}?project=${project}` : address;
}

/** Uploads that this browser has begun here and not ended: their names and how large they are. */
export function unfinished() {
  const found = [];
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("tus::") || !key.includes(`-${ENDPOINT}::`)) continue;
    try {
      const { metadata, size, creationTime } = JSON.parse(localStorage.getItem(key));
      if (metadata?.filename && Date.now() - Date.parse(creationTime) < KEPT_MS) found.push({ name: metadata.filename, size });
    } catch {
      // Something else's.
    }
  }
  return found;
}

/** `text` with what `Sending` tells in its places. */
export function progressWords(text, done, all, speed, left) {
  const words = { done: bytes(done), all: bytes(all), speed: bytes(speed), left: left === null ? "–" : clock(left) };
  return text.replace(/{(\w+)}/g, (_, name) => words[name]);
}

export function bytes(amount) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(Math.max(amount, 1)) / 3), units.length - 1);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 })
    .format(amount / 1000 ** step);
}

/** What a page of ours says went wrong. */
export async function reason(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return (page.querySelector("details p") ?? page.querySelector(".lead"))?.textContent ?? answer.statusText;
}

function detail(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return error.message;
  }
}
