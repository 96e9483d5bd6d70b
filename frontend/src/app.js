// On every page. Without it everything works that is read or sent by a form.
import "./parts/busy.js";
import "./parts/menu.js";
import "./parts/relative_time.js";
import "./parts/sending_selects.js";
import "./parts/toasts.js";
import { takeLinkToken } from "./parts/link_token.js";
import { keepSignedIn } from "./parts/session.js";

takeLinkToken();
keepSignedIn();
