// The pages of projects: keys and secrets are copied, a rule's days count as soon as they are typed, and on a
// phone the menu shows the page that one is on.
import "./parts/copy.js";

for (const days of document.querySelectorAll("input[data-chooses]")) {
  days.addEventListener("input", () => {
    document.getElementById(days.dataset.chooses).value = "days";
  });
}

const menu = document.querySelector(".parts-nav");
const here = menu?.querySelector("[aria-current]");
if (here) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
