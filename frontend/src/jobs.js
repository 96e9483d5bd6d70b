// The list of jobs follows what happens, and a deletion can be taken back for a few seconds.
import { followEvents } from "./parts/events.js";
import { tellTimes } from "./parts/relative_time.js";
import { toast } from "./parts/toasts.js";

class Jobs extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector(".jobs");
    this.going = new Set();
    this.addEventListener("click", (event) => this.#pressed(event));
    if (this.dataset.live) this.#follow();
  }

  #follow() {
    followEvents(() => this.dataset.live, {
      hear: {
        list: ({ data }) => this.#lay(JSON.parse(data).rows),
        row: ({ data }) => {
          const { id, row } = JSON.parse(data);
          this.#fill(this.#of(id), row);
        },
      },
      ended: () => location.reload(),
    });
  }

  /** In this order; what is chosen stays so, and what is new comes in. */
  #lay(rows) {
    const shown = rows.map(([id, row]) => {
      const item = this.#of(id) ?? this.#new(id);
      this.#fill(item, row);
      return item;
    });
    this.list.replaceChildren(...shown);
  }

  #fill(item, row) {
    const job = item?.querySelector(".job");
    if (!job || job.dataset.row === row) return;
    const focused = job.contains(document.activeElement) ? document.activeElement.value : null;
    job.innerHTML = row;
    job.dataset.row = row;
    if (focused) [...job.querySelectorAll("button")].find((button) => button.value === focused)?.focus();
    const choice = item.querySelector(":scope > input");
    if (choice) choice.ariaLabel = this.dataset.choose.replace("{name}", name(item));
    tellTimes(job);
  }

  #of(id) {
    return this.list.querySelector(`[data-job="${CSS.escape(id)}"]`);
  }

  #new(id) {
    const item = document.createElement("li");
    item.dataset.job = id;
    if (this.querySelector(".bulk")) item.append(Object.assign(document.createElement("input"), { type: "checkbox", name: "job", value: id }));
    item.append(Object.assign(document.createElement("div"), { className: "job" }));
    item.hidden = this.going.has(id);
    return item;
  }

  async #pressed(event) {
    const button = event.target.closest("button");
    const [deed, id] = button?.name === "one" ? button.value.split(" ") : [button?.value];
    if (deed !== "delete" || button.disabled) return;
    event.preventDefault();
    const items = id ? [this.#of(id)] : [...this.list.querySelectorAll("input:checked")].map((choice) => choice.closest("li"));
    if (!items.length) return;
    await this.#delete(items);
  }

  async #delete(items) {
    const told = this.dataset.deleted.replace("{name}", items.map(name).join(", "));
    const hide = (hidden) => items.forEach((item) => {
      item.hidden = hidden;
      this.going[hidden ? "add" : "delete"](item.dataset.job);
    });
    hide(true);
    const body = new URLSearchParams({ do: "delete", sure: "true", csrf: this.closest("form").elements.csrf?.value ?? "" });
    items.forEach((item) => body.append("job", item.dataset.job));
    const send = () => navigator.sendBeacon("/app/jobs/do", body);
    // Who leaves the page meanwhile meant it.
    window.addEventListener("pagehide", send);
    const stands = await toast(told, this.dataset.undo);
    window.removeEventListener("pagehide", send);
    if (!stands) return hide(false);
    const answer = await fetch("/app/jobs/do", { method: "POST", body }).catch(() => null);
    if (!answer?.ok) return hide(false);
    const left = (await pageOf(answer)).querySelector("[data-left]");
    if (!left) return;
    // Which ones, the list says: what was deleted is not in it any more.
    const list = await fetch(location.href).then((one) => (one.ok ? pageOf(one) : null), () => null);
    const isGone = ({ dataset }) => list && !list.querySelector(`[data-job="${CSS.escape(dataset.job)}"]`);
    hide(false);
    items.filter(isGone).forEach((item) => item.remove());
    toast(left.textContent);
  }
}

async function pageOf(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function name(item) {
  return item.querySelector(".job-name").textContent.trim();
}

customElements.define("s-jobs", Jobs);
