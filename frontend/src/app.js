// On every page. Without it everything works that is read or sent by a form.
import "./parts/busy.js";
import "./parts/menu.js";
import "./parts/relative_time.js";
import "./parts/toasts.js";
import { takeLinkToken } from "./parts/link_token.js";
import { keepSignedIn } from "./parts/session.js";

for (const select of document.querySelectorAll("select[data-sends]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
takeLinkToken();
keepSignedIn();
