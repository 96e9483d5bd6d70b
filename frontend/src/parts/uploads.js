// `<s-uploads>`: takes many files, sends each by tus so that it goes on where the line broke, also after the page
// was closed, and begins a job on each with the choices of the form around it.
import { Upload } from "tus-js-client";
import { ask, csrfToken } from "./session.js";
import { clock } from "./microphone.js";

const ENDPOINT = "/api/uploads";
const RETRY_MS = [0, 1000, 3000, 5000, 10_000, 30_000];
// Small enough that a proxy which holds a whole request holds little.
const PIECE_BYTES = 32 * 1024 * 1024;

class Uploads extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.list = this.querySelector(".uploads");
    this.file = this.querySelector("input[type=file]");
    this.file.multiple = true;
    this.file.required = false;
    this.file.addEventListener("change", () => {
      this.add(this.file.files);
      this.file.value = "";
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.items.length) this.#start();
      else this.file.click();
    });
    this.#takeDrops(this.querySelector(".drop"));
    this.items = [];
  }

  add(files) {
    for (const file of files) this.items.push(new Item(this, file));
  }

  #takeDrops(area) {
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      area.addEventListener(kind, (event) => {
        event.preventDefault();
        area.classList.toggle("over", kind === "dragenter" || kind === "dragover");
        if (kind === "drop") this.add(event.dataTransfer.files);
      });
    }
  }

  async #start() {
    const waiting = this.items.filter((item) => item.waits);
    const choices = new URLSearchParams(new FormData(this.form));
    choices.delete("file");
    const begun = [];
    // One after the other: the first is done sooner, and the line is as full.
    for (const item of waiting) {
      const address = await item.send(choices);
      if (address) begun.push(address);
    }
    if (begun.length === 1 && this.items.length === 1) location.assign(begun[0]);
    else if (begun.length && begun.length === waiting.length) location.assign("/app/jobs");
  }
}

class Item {
  constructor(owner, file) {
    this.words = owner.dataset;
    this.file = file;
    this.waits = file.size <= Number(owner.form.dataset.mostBytes);
    this.element = document.createElement("li");
    this.element.append(Object.assign(document.createElement("span"), { className: "file", textContent: file.name }));
    this.button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: this.words.stop });
    this.button.addEventListener("click", () => this.#stop(owner));
    this.told = Object.assign(document.createElement("span"), { className: "told" });
    this.bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", file.name);
    this.element.append(this.button, this.told, this.bar);
    owner.list.append(this.element);
    if (this.waits) this.#tell(`${this.words.waiting} · ${bytes(file.size)}`);
    else this.#fail(this.words.large);
  }

  /** The address of the job that was begun; null when it could not be. */
  async send(choices) {
    this.waits = false;
    try {
      const upload = await this.#upload();
      this.#tell(this.words.received);
      this.button.hidden = true;
      const told = await (await ask(upload.url)).json();
      if (!told.media_id) throw new Error(told.error ?? "");
      const body = new URLSearchParams(choices);
      body.set("media_id", told.media_id);
      const answer = await fetch("/app/jobs/of-recording", { method: "POST", body });
      if (!answer.ok) throw new Error(await reason(answer));
      this.#begun(answer.url);
      return answer.url;
    } catch (error) {
      this.#fail(this.words.failed.replace("{why}", error.message));
      return null;
    }
  }

  #upload() {
    const began = performance.now();
    let before = null;
    return new Promise((resolve, reject) => {
      this.giveUp = reject;
      const upload = new Upload(this.file, {
        endpoint: ENDPOINT,
        chunkSize: PIECE_BYTES,
        retryDelays: RETRY_MS,
        removeFingerprintOnSuccess: true,
        metadata: { filename: this.file.name },
        // Asked for anew each time: a long upload outlives a sign-in, which is renewed meanwhile.
        onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", csrfToken()),
        onProgress: (sent, all) => {
          before ??= sent;
          this.#progress(sent, all, sent - before, (performance.now() - began) / 1000);
        },
        onSuccess: () => resolve(upload),
        onError: (error) => reject(new Error(detail(error))),
      });
      this.upload = upload;
      upload.findPreviousUploads().then((known) => {
        if (known.length) upload.resumeFromPreviousUpload(known[0]);
        upload.start();
      });
    });
  }

  #progress(sent, all, since, seconds) {
    this.bar.value = sent / all;
    const speed = since / Math.max(seconds, 0.001);
    const left = speed > 0 ? clock((all - sent) / speed) : "–";
    const words = { done: bytes(sent), all: bytes(all), speed: bytes(speed), left };
    this.#tell(this.words.sending.replace(/{(\w+)}/g, (_, name) => words[name]));
  }

  #begun(address) {
    this.bar.value = 1;
    this.#tell(this.words.begun);
    const link = Object.assign(document.createElement("a"), { href: address, className: "button", textContent: this.words.open });
    this.button.replaceWith(link);
  }

  #fail(why) {
    this.bar.hidden = true;
    this.told.classList.add("bad");
    this.#tell(why);
  }

  async #stop(owner) {
    await this.upload?.abort(true).catch(() => {});
    this.giveUp?.(new Error());
    owner.items.splice(owner.items.indexOf(this), 1);
    this.element.remove();
  }

  #tell(text) {
    this.told.textContent = text;
  }
}

function bytes(amount) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = Math.min(Math.floor(Math.log10(Math.max(amount, 1)) / 3), units.length - 1);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: units[step], maximumFractionDigits: step > 1 ? 1 : 0 })
    .format(amount / 1000 ** step);
}

function detail(error) {
  try {
    return JSON.parse(error.originalResponse.getBody()).detail;
  } catch {
    return error.message;
  }
}

async function reason(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return (page.querySelector("details p") ?? page.querySelector(".lead"))?.textContent ?? answer.statusText;
}

customElements.define("s-uploads", Uploads);
