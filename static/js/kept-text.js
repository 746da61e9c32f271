// Keeps what is typed in this browser until the server has it: a session may end, a connection break, a page be closed.
const KEEP_DAYS = 14;
const prefix = `socialhub.text.${document.body.dataset.reader}.`;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

const keyOf = (text) => prefix + text.dataset.keptAs;

document.addEventListener("text:saved", ({ detail: { field, text } }) => {
  if (field.dataset.keptAs && read(keyOf(field))?.body === text) localStorage.removeItem(keyOf(field));
});

function putBack(text, body) {
  text.value = body;
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

// Text of which the server never heard is put back where it was written against what still stands there;
// where something else stands there now, its writer decides.
function restore() {
  for (const text of document.querySelectorAll("textarea[data-kept-as]:not([data-looked-up])")) {
    text.dataset.lookedUp = "";
    const kept = read(keyOf(text));
    if (!kept || text.readOnly || kept.body === text.value) localStorage.removeItem(keyOf(text));
    else if (kept.was === text.value) putBack(text, kept.body);
    else text.form.querySelector("[data-kept-offer]")?.removeAttribute("hidden");
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea[data-kept-as]")) return;
  const was = read(keyOf(target))?.was ?? target.defaultValue;
  try {
    localStorage.setItem(keyOf(target), JSON.stringify({ body: target.value, was, at: Date.now() }));
  } catch {
    // No room, or storage is forbidden: then the server alone keeps it.
  }
});

document.addEventListener("click", ({ target }) => {
  if (!target.matches("[data-use-kept]")) return;
  const text = target.form.querySelector("textarea[data-kept-as]");
  putBack(text, read(keyOf(text))?.body ?? text.value);
  target.closest("[data-kept-offer]").hidden = true;
  text.focus();
});

// A form that was taken has handed its text over, before what is shown instead looks for it.
// Drafts are saved by draft.js, which says so itself.
document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
  const text = xhr.status < 400 && elt.querySelector?.(":scope textarea[data-kept-as]");
  if (text && elt.matches("form")) localStorage.removeItem(keyOf(text));
});
document.addEventListener("htmx:afterSettle", restore);

for (const key of Object.keys(localStorage)) {
  if (key.startsWith("socialhub.text.") && !(Date.now() - read(key)?.at < KEEP_DAYS * 86400000)) localStorage.removeItem(key);
}
// Not before draft.js listens to what is put back.
document.addEventListener("DOMContentLoaded", restore);
