// A form with `data-answers-in="ID"` that is refused keeps what it holds, its file too: of the page that comes back
// only the element of that id is taken. The form is told so by the event `refused`.
import { whileBusy } from "./busy.js";

for (const form of document.querySelectorAll("form[data-answers-in]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button.main, .actions button:not([type])");
    button.disabled = true;
    const body = new FormData(form);
    const answer = await whileBusy(fetch(form.action, { method: "POST", body })).catch(() => null);
    button.disabled = false;
    // The browser says best what is wrong with the line.
    if (!answer) return form.submit();
    if (answer.redirected) return location.assign(answer.url);
    if (!answer.ok) form.dispatchEvent(new CustomEvent("refused"));
    show(document.getElementById(form.dataset.answersIn), await answer.text());
  });
}

function show(place, text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const told = page.getElementById(place.id) ?? page.querySelector("main .lead");
  const nodes = told.id === place.id ? told.childNodes : [told];
  place.replaceChildren(...[...nodes].map((node) => document.importNode(node, true)));
  place.focus();
  place.scrollIntoView({ block: "nearest" });
}
