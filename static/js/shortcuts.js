// One key, one step: elements name their key in data-shortcut; what is printed for many people at once names its act in
// data-command instead, and the list of keys says which key that is. Can be switched off in the list of keys.
const SWITCH = "socialhub.shortcuts";
const isOn = () => localStorage.getItem(SWITCH) !== "off";
const isField = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const nameOf = (key) => [...document.querySelectorAll("#keys [data-key-of]")].find((one) => one.textContent === key)?.dataset.keyOf;

function move(step) {
  if (!document.dispatchEvent(new CustomEvent("flow:move", { detail: { step }, cancelable: true }))) return;
  const rows = [...document.querySelectorAll(".row-link")];
  const here = rows.indexOf(document.activeElement);
  const from = here >= 0 ? here : rows.findIndex((row) => row.ariaCurrent);
  rows[Math.min(Math.max(from + step, 0), rows.length - 1)]?.focus();
}

function use(element) {
  if (element.matches("summary")) {
    for (let fold = element.parentElement; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const choices = element.parentElement;
    (choices.querySelector("input:checked") ?? choices.querySelector("input[type=radio]") ?? element).focus();
  } else if (isField(element)) element.focus();
  else element.click();
}

// From anywhere on a conversation that needs a decision.
function decide(key) {
  const label = document.querySelector(`.decision[open]:not(:has(.departure)) [data-choose="${CSS.escape(key)}"]`);
  if (!label) return false;
  label.control.click();
  label.control.focus();
  const reason = label.control.value === "no_response" && label.control.form.elements.reason;
  if (reason && !reason.value) pick(label.control.form.querySelector("[data-pick]"));
  return true;
}

function find(key) {
  const named = `[data-shortcut="${CSS.escape(key)}"]`;
  // What has just been refused is nearer than what was refused before.
  const found = document.querySelector(`[data-refusal] ${named}`) ?? document.querySelector(named);
  const name = found ? null : nameOf(key);
  return found ?? (name && document.querySelector(`[data-command="${name}"]`));
}

// Asked for only when somebody wants them.
const opener = () => document.querySelector("[data-palette]");
const palettes = () => import(opener().dataset.palette);
const pick = (button) => palettes().then(({ pickFor }) => pickFor(button));
const command = () => palettes().then(({ openCommands }) => openCommands(opener().href, use), () => location.assign(opener().href));

// So is what helps in a field.
document.addEventListener("focusin", ({ target }) => target.dataset.with && import(target.dataset.with));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (button) pick(button);
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  command();
});

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    if (!opener() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    command();
    return;
  }
  // From anywhere outside a form the decision is meant, where one is due.
  const isLoose = event.target === document.body || event.target.closest("#conversation") && !event.target.closest("form");
  const due = isLoose && document.querySelector(".decision[open] > .decision-form");
  const form = event.target.closest("[data-send-on-ctrl-enter]") ?? due;
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("[data-default-send]")];
    const button = buttons.find((one) => !one.closest("[hidden]"));
    // A click, since htmx goes where the button leads only when it was clicked.
    if (button) button.click();
    else form.requestSubmit();
    return;
  }
  if (event.key === "Escape" && isField(event.target)) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isField(event.target)) return;
  if (!isOn() || document.querySelector("dialog[open]")) return;
  const name = nameOf(event.key);
  if (name === "next" || name === "previous") move(name === "next" ? 1 : -1);
  else if (!decide(event.key)) {
    const element = find(event.key);
    if (!element) return;
    use(element);
  }
  event.preventDefault();
});

for (const input of document.querySelectorAll("[data-shortcuts-switch]")) {
  input.checked = isOn();
  input.addEventListener("change", () => localStorage.setItem(SWITCH, input.checked ? "on" : "off"));
}
