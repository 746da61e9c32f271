// Keeps list, open conversation and half-filled forms in step while parts of the page are swapped.
function isTouched(region) {
  if (region.contains(document.activeElement) || region.querySelector("[data-refusal], [data-touched]")) return true;
  const isChanged = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  const isChosen = (select) => select.selectedIndex !== Math.max([...select.options].findIndex((each) => each.defaultSelected), 0);
  return [...region.querySelectorAll("input:not([type=hidden])")].some(isChanged)
    || [...region.querySelectorAll("select")].some(isChosen)
    || [...region.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue);
}

// In a menu of the header somebody may be writing; the header is renewed when it is closed.
let isBehind = false;
document.addEventListener("toggle", ({ target }) => {
  if (!isBehind || target.open || !target.closest("#conversation-header")) return;
  isBehind = false;
  window.htmx.trigger("#thread", "refresh");
}, true);

// "Look at it" says: I have seen what changed. The text stays; what it was written against is renewed.
let isLooking = false;
function acceptWorld(composer, fragment) {
  for (const field of composer.querySelectorAll("input[type=hidden]")) {
    field.value = fragment.querySelector(`#composer [name="${field.name}"]`)?.value ?? field.value;
  }
  composer.querySelector("#composer-notice").replaceChildren();
}
// Answered or not: what changes after this look has not been seen.
document.addEventListener("htmx:afterRequest", ({ detail: { target } }) => {
  if (target?.id === "thread") isLooking = false;
});

// Who writes learns at once that nobody will be answered with it.
function tellWhoAnswers(composer, fragment) {
  const place = composer.querySelector("#composer-notice");
  const sentence = fragment.querySelector("#composer .composer-block")?.textContent.trim().replace(/\s+/g, " ");
  if (!place || place.querySelector("[data-refusal]")) return;
  if (!sentence) place.querySelector("[data-who-answers]")?.remove();
  else if (place.textContent !== sentence) {
    const told = Object.assign(document.createElement("p"), { className: "notice tone-warn", textContent: sentence });
    told.dataset.whoAnswers = "";
    place.replaceChildren(told);
  }
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.matches("[data-guard]") && isTouched(target)) {
    event.detail.shouldSwap = false;
    if (target.id === "composer") tellWhoAnswers(target, fragment);
    if (isLooking && target.id === "composer") acceptWorld(target, fragment);
  }
  if (target.id === "conversation-header" && [...target.querySelectorAll("[data-menu][open]")].some(isTouched)) {
    event.detail.shouldSwap = false;
    isBehind = true;
  }
  for (const fold of target.querySelectorAll("[data-keep]")) {
    const fresh = fragment.querySelector(`[data-keep="${fold.dataset.keep}"]`);
    if (fresh) fresh.open = fold.open;
  }
});

// What only a conversation needs is loaded when somebody reaches for one, and is there before it is shown.
let rest;
let isWhole = !document.querySelector("template[data-with-conversation]");
async function load(template) {
  const parts = [...document.importNode(template.content, true).children];
  const coming = parts.map((each) => new Promise((done, fail) => Object.assign(each, { onload: done, onerror: fail })));
  template.before(...parts);
  try {
    await Promise.all(coming);
    template.remove();
  } catch (fault) {
    for (const each of parts) each.remove();
    throw fault;
  }
}
function loadRest() {
  const all = [...document.querySelectorAll("template[data-with-conversation]")];
  rest ??= Promise.all(all.map(load)).then(() => (isWhole = true)).catch(() => (rest = undefined));
  return rest;
}
for (const type of ["pointerover", "pointerdown", "focusin"]) {
  document.addEventListener(type, ({ target }) => isWhole || (target.closest(".row-link") && loadRest()));
}
document.addEventListener("htmx:confirm", (event) => {
  const { target, issueRequest } = event.detail;
  if (isWhole || target?.id !== "conversation") return;
  event.preventDefault();
  loadRest().then(() => issueRequest(true));
});
// Where it cannot be had, a newer release has other files: its own page names them.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (isWhole || detail.target?.id !== "conversation" || !detail.shouldSwap) return;
  detail.shouldSwap = false;
  location.assign(detail.pathInfo.requestPath);
});

// The messages are swapped as a whole: what was folded open there stays open.
let openFolds = [];
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (target?.id !== "thread") return;
  openFolds = [...target.querySelectorAll("[data-keep][open]")].map((fold) => fold.dataset.keep);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const name of openFolds.splice(0)) {
    document.querySelector(`#thread [data-keep="${name}"]`)?.setAttribute("open", "");
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "conversation") return;
  const open = document.querySelector(".conversation")?.dataset.conversation;
  for (const link of document.querySelectorAll(".row-link")) {
    const isOpen = link.parentElement.dataset.conversation === open;
    link.ariaCurrent = isOpen ? "true" : null;
    if (isOpen) link.classList.remove("is-unread");
  }
  const row = document.activeElement?.closest("[data-keeps-focus]");
  if (row) delete row.dataset.keepsFocus;
  else document.getElementById("conversation-title")?.focus({ preventScroll: true });
});

// After a refusal the page shows how things stand now, beside the sentence that says so.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.xhr.status === 409) window.htmx.trigger("#thread", "refresh");
  if (event.detail.xhr.status === 422) document.querySelector("[aria-invalid=true]")?.focus();
});

document.addEventListener("click", (event) => {
  const look = event.target.closest("[data-look]");
  const thread = document.getElementById("thread");
  if (!look || !thread) return;
  event.preventDefault();
  // What was asked for before may not know of what changed.
  window.htmx.trigger(thread, "htmx:abort");
  isLooking = true;
  window.htmx.trigger(thread, "refresh");
  thread.lastElementChild?.scrollIntoView({ block: "nearest" });
});
