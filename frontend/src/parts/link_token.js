// The token of a link stands behind the `#`, which browsers keep to themselves: it is put into the form, and
// taken out of the address, so that it stays in no history.

export function takeLinkToken() {
  const field = document.querySelector("input[data-link-token]");
  const token = location.hash.slice(1);
  if (!field || !token) return;
  field.value = token;
  field.closest(".field").hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
}
