// Recovery codes: copied, or printed.
import "./parts/copy.js";

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
