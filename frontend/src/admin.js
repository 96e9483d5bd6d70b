// The pages of the administration: what stands in `<s-fresh>` follows what happens.
import "./parts/fresh.js";

// On a phone the menu is wider than the page: where one is, is seen.
const menu = document.querySelector(".admin-nav");
const here = menu?.querySelector("[aria-current]");
if (here) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
