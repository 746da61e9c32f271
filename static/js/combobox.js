// Suggests how what is typed in a box may go on: a combobox whose options the server prints. Without it the box just searches.
const WAIT = 120;
let timer;
let asked;

const listOf = (box) => document.getElementById(box.dataset.options);
const optionsOf = (box) => [...listOf(box).querySelectorAll("[role=option]")];
const chosenOf = (box) => document.getElementById(box.getAttribute("aria-activedescendant") ?? "");

function prepare(box) {
  if (box.role === "combobox") return;
  Object.assign(box, { role: "combobox", ariaAutoComplete: "list", ariaExpanded: "false" });
  box.setAttribute("aria-controls", box.dataset.options);
}

function close(box) {
  clearTimeout(timer);
  asked?.abort();
  listOf(box).hidden = true;
  box.ariaExpanded = "false";
  box.removeAttribute("aria-activedescendant");
}

function choose(box, option) {
  for (const other of optionsOf(box)) other.ariaSelected = String(other === option);
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function take(box, option) {
  box.value = option.dataset.text;
  box.setSelectionRange(box.value.length, box.value.length);
  close(box);
  box.focus();
  // A field without its value goes on at once.
  if (box.value.endsWith(":")) ask(box);
}

async function ask(box) {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(box.dataset.suggest, location.href);
  address.searchParams.set("q", box.value.slice(0, box.selectionStart ?? box.value.length));
  address.searchParams.set("box", box.id);
  try {
    const answer = await fetch(address, { signal: asked.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected || document.activeElement !== box) return;
    const list = listOf(box);
    list.innerHTML = await answer.text();
    list.hidden = !list.querySelector("[role=option]");
    box.ariaExpanded = String(!list.hidden);
    box.removeAttribute("aria-activedescendant");
  } catch (fault) {
    if (fault.name !== "AbortError") close(box);
  }
}

document.addEventListener("focusin", ({ target }) => {
  if (target.matches("[data-suggest]")) prepare(target);
});

function heed({ target, isComposing }) {
  if (!target.matches("[data-suggest]") || isComposing) return;
  prepare(target);
  clearTimeout(timer);
  if (target.selectionStart !== target.value.length) close(target);
  else timer = setTimeout(ask, WAIT, target);
}
document.addEventListener("input", heed);

document.addEventListener("keydown", (event) => {
  const box = event.target;
  if (!box.matches("[data-suggest]") || event.isComposing) return;
  const isOpen = !listOf(box).hidden;
  const options = isOpen ? optionsOf(box) : [];
  const chosen = chosenOf(box);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!isOpen) return void ask(box);
    const here = options.indexOf(chosen) + (event.key === "ArrowDown" ? 1 : -1);
    choose(box, options.at(here < 0 ? -1 : here % options.length));
  } else if (chosen && (event.key === "Enter" || event.key === "Tab")) {
    take(box, chosen);
  } else if (event.key === "Escape" && isOpen) {
    close(box);
    event.stopPropagation();
  } else {
    return;
  }
  event.preventDefault();
}, true);

document.addEventListener("focusout", ({ target }) => {
  if (target.matches("[data-suggest]")) close(target);
});

// Before the box loses the focus.
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[role=option]");
  const list = option?.closest("[data-options-of]");
  if (!list) return;
  event.preventDefault();
  take(document.getElementById(list.dataset.optionsOf), option);
});

// Loaded when a box has the focus; there somebody may have typed already.
const first = document.activeElement;
if (first?.matches("[data-suggest]")) {
  prepare(first);
  if (first.value !== first.defaultValue) heed({ target: first });
}
