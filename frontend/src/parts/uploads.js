// `<s-uploads>`: takes many files, sends each so that it goes on where the line broke, also after the page was
// closed, and begins a job on each with the choices of the form around it.
import { letGo } from "./microphone.js";
import { bytes, inProject, progressWords, reason, Sending, unfinished } from "./sending.js";

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
      if (!this.items.length) return this.file.click();
      this.items.forEach((item) => item.failed && item.waitAgain());
      return this.start();
    });
    this.addEventListener("recorded", ({ detail }) => this.add([detail]));
    this.#takeDrops(this.querySelector(".drop"));
    this.items = [];
    this.#tellUnfinished();
  }

  add(files) {
    for (const file of files) this.items.push(new Item(this, file));
    this.#tellUnfinished();
  }

  /** Send what waits, also what comes to wait meanwhile, and leave for what was begun once nothing is left here. */
  async start() {
    if (this.running) return;
    this.running = true;
    const begun = [];
    // One after the other: the first is done sooner, and the line is as full.
    for (let item; (item = this.items.find(({ waits }) => waits)); ) {
      const address = await item.send(this.#choices());
      if (address) begun.push(address);
    }
    this.running = false;
    if (!begun.length || this.items.some(({ failed }) => failed)) return;
    location.assign(this.items.length === 1 ? begun[0] : "/app/jobs");
  }

  remove(item) {
    this.items = this.items.filter((one) => one !== item);
  }

  #choices() {
    const choices = new URLSearchParams(new FormData(this.form));
    choices.delete("file");
    return choices;
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

  /** What a closed page has left half-way: the file itself only its owner can bring again. */
  #tellUnfinished() {
    const here = new Set(this.items.map(({ file }) => `${file.name} ${file.size}`));
    const left = unfinished().filter(({ name, size }) => !here.has(`${name} ${size}`));
    const told = this.querySelector("[data-unfinished]");
    told.hidden = !left.length;
    told.querySelector("span").textContent = left.map(({ name }) => name).join(", ");
  }
}

class Item {
  constructor(owner, file) {
    this.words = owner.dataset;
    this.file = file;
    this.sending = new Sending(file, (done, all, speed, left) => this.#progress(done, all, speed, left));
    this.waits = file.size <= Number(owner.form.dataset.mostBytes);
    this.element = document.createElement("li");
    this.element.append(Object.assign(document.createElement("span"), { className: "file", textContent: file.name }));
    this.button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: this.words.stop });
    this.button.addEventListener("click", () => (this.failed ? this.#again(owner) : this.#stop(owner)));
    this.told = Object.assign(document.createElement("span"), { className: "told" });
    this.bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    this.bar.setAttribute("aria-label", file.name);
    this.element.append(this.button, this.told, this.bar);
    owner.list.append(this.element);
    if (this.waits) this.#tellWaiting();
    else this.#fail(this.words.large);
  }

  /** The address of the job that was begun; null when it could not be. */
  async send(choices) {
    this.waits = false;
    try {
      const media = await this.sending.send();
      letGo(this.file);
      if (this.stopped) return null;
      this.#tell(this.words.received);
      this.button.hidden = true;
      const body = new URLSearchParams(choices);
      body.set("media_id", media);
      const answer = await fetch(inProject("/app/jobs/of-recording"), { method: "POST", body });
      if (!answer.ok) throw new Error(await reason(answer));
      this.#begun(answer.url);
      return answer.url;
    } catch (error) {
      this.#fail(this.words.failed.replace("{why}", error.message));
      this.failed = true;
      this.button.textContent = this.words.again;
      this.button.hidden = false;
      return null;
    }
  }

  #progress(done, all, speed, left) {
    this.bar.value = all ? done / all : 0;
    this.#tell(progressWords(this.words.sending, done, all, speed, left));
  }

  #begun(address) {
    this.bar.value = 1;
    this.#tell(this.words.begun);
    const link = Object.assign(document.createElement("a"), { href: address, className: "button", textContent: this.words.open });
    this.button.replaceWith(link);
  }

  /** After it failed. */
  waitAgain() {
    this.failed = false;
    this.waits = true;
    this.button.textContent = this.words.stop;
    this.bar.hidden = false;
    this.told.classList.remove("bad");
    this.#tellWaiting();
  }

  #again(owner) {
    this.waitAgain();
    owner.start();
  }

  #fail(why) {
    this.bar.hidden = true;
    this.told.classList.add("bad");
    this.#tell(why);
  }

  async #stop(owner) {
    this.stopped = true;
    letGo(this.file);
    owner.remove(this);
    this.element.remove();
    await this.sending.stop();
  }

  #tellWaiting() {
    this.#tell(`${this.words.waiting} · ${bytes(this.file.size)}`);
  }

  #tell(text) {
    this.told.textContent = text;
  }
}

customElements.define("s-uploads", Uploads);
