// A key is changed by pressing another: the field takes it at once, and says who has it already.
const form = document.getElementById("key-fields");
const fields = [...form.querySelectorAll("[data-key-field]")];
const said = form.querySelector("[data-key-said]");
const titleOf = (field) => field.labels[0].textContent.trim();

form.addEventListener("keydown", (event) => {
  const field = event.target;
  const isPlain = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!fields.includes(field) || !isPlain || event.isComposing) return;
  event.preventDefault();
  const other = fields.find((each) => each !== field && each.value === event.key);
  if (other) {
    said.textContent = form.dataset.taken.replace("%s", event.key).replace("%t", titleOf(other));
    return;
  }
  field.value = event.key;
  said.textContent = `${titleOf(field)}: ${event.key}`;
});
