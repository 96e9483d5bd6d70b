// The code of a second factor is asked for without forgetting the password that was typed.

const form = document.querySelector("#sign-in");
const factor = document.querySelector("#second-factor");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.main");
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) }).catch(() => null);
  button.disabled = false;
  if (!answer) return form.submit();
  if (answer.redirected) return location.replace(answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Something else is told (too many requests, say): on a page of its own.
  if (!page.querySelector("#sign-in")) return form.submit();
  show(page);
});

function show(page) {
  form.querySelector(".notice")?.remove();
  const told = page.querySelector("#sign-in .notice");
  if (told) form.prepend(told);
  const asks = page.querySelector("#second-factor");
  factor.hidden = asks ? asks.hidden : true;
  form.querySelector(factor.hidden ? "#password" : "#code").focus();
}
