// `<s-toasts role="status">`: short messages at the edge, with at most one thing to do about them.

const STAYS_MS = 8000;

class Toasts extends HTMLElement {
  /** `undo`: `{ label, act }`. Resolves to whether it went by without being taken back. */
  tell(text, undo) {
    const toast = document.createElement("div");
    toast.append(Object.assign(document.createElement("span"), { textContent: text }));
    this.append(toast);
    return new Promise((resolve) => {
      const end = (stands) => {
        toast.remove();
        resolve(stands);
      };
      if (undo) {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: undo });
        button.addEventListener("click", () => end(false));
        toast.append(button);
      }
      setTimeout(end, STAYS_MS, true);
    });
  }
}

customElements.define("s-toasts", Toasts);

export function toast(text, undo) {
  return document.querySelector("s-toasts").tell(text, undo);
}
