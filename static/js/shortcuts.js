// One key, one step: elements name their key in data-shortcut. Can be switched off in the list of keys.
const SWITCH = "socialhub.shortcuts";
const isOn = () => localStorage.getItem(SWITCH) !== "off";
const isField = (element) => element.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

function move(step) {
  const rows = [...document.querySelectorAll(".row-link")];
  const here = rows.indexOf(document.activeElement);
  const from = here >= 0 ? here : rows.findIndex((row) => row.ariaCurrent);
  rows[Math.min(Math.max(from + step, 0), rows.length - 1)]?.focus();
}

function use(element) {
  if (element.matches("summary")) {
    for (let fold = element.parentElement; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    (element.parentElement.querySelector("input:checked, input[type=radio]") ?? element).focus();
  } else if (isField(element)) element.focus();
  else element.click();
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-send-on-ctrl-enter]");
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
  if (event.key === "j" || event.key === "k") {
    move(event.key === "j" ? 1 : -1);
  } else if (/^[1-3]$/.test(event.key) && document.querySelector(".decision[open]:not(:has(.departure))")) {
    const choice = document.querySelectorAll(".decision .choice input")[event.key - 1];
    choice.click();
    choice.focus();
  } else {
    const named = `[data-shortcut="${CSS.escape(event.key)}"]`;
    // What has just been refused is nearer than what was refused before.
    const element = document.querySelector(`[data-refusal] ${named}`) ?? document.querySelector(named);
    if (!element) return;
    use(element);
  }
  event.preventDefault();
});

for (const input of document.querySelectorAll("[data-shortcuts-switch]")) {
  input.checked = isOn();
  input.addEventListener("change", () => localStorage.setItem(SWITCH, input.checked ? "on" : "off"));
}
