// `<select data-sends>`: what is chosen in it is sent at once. By keys a list is gone through entry by entry: then it is
// sent once one presses Enter, or has left the field.

for (const select of document.querySelectorAll("select[data-sends]")) {
  let sent = select.value;
  // Pressed last; none when it was the mouse, or a finger.
  let key = "";

  const send = () => {
    if (select.value === sent) return;
    sent = select.value;
    select.form.requestSubmit();
  };
  select.addEventListener("pointerdown", () => (key = ""));
  select.addEventListener("keydown", (event) => {
    key = event.key;
    if (key !== "Enter" || select.value === sent) return;
    event.preventDefault();
    send();
  });
  select.addEventListener("change", () => (key === "" || key === "Enter") && send());
  select.addEventListener("blur", send);
}
