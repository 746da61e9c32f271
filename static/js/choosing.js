// Rows chosen for an act on many: by a click, a range with shift, or keys; what is swapped in keeps its mark.
const chosen = new Set();
const boxes = () => [...document.querySelectorAll("#inbox-list .row-choose")];
const bar = () => document.querySelector("[data-bulk]");
const everything = () => bar().querySelector("[name=everything]");
let last;

function tell() {
  for (const box of boxes()) box.checked ? chosen.add(box.value) : chosen.delete(box.value);
  const said = bar().querySelector("[data-bulk-said]");
  const { one, many, all } = said.dataset;
  const text = everything().checked ? all : chosen.size === 1 ? one : many.replace("%n", chosen.size);
  if (said.textContent !== text) said.textContent = text;
}

function mark(wanted, on) {
  for (const box of wanted) box.checked = on;
  tell();
}

function between(one, other) {
  const all = boxes();
  const [from, to] = [all.findIndex((box) => box.value === one), all.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [other] : all.slice(from, to + 1);
}

// From the row that has the focus, else the open one: it alone, or it and its neighbour, to which the focus goes.
function step(by) {
  const all = boxes();
  const row = document.activeElement?.closest?.(".row") ?? document.querySelector(".row:has([aria-current])");
  const here = all.findIndex((box) => row?.contains(box));
  const box = all[Math.max(here, 0)];
  if (!box) return;
  last = box.value;
  if (!by) return mark([box], !box.checked);
  const next = all[here + by];
  mark(next ? [box, next] : [box], true);
  next?.closest(".row").querySelector(".row-link").focus();
}

document.addEventListener("click", (event) => {
  if (!bar()) return;
  const { target } = event;
  if (target.matches(".row-choose")) {
    if (event.shiftKey && last) mark(between(last, target), target.checked);
    last = target.value;
  }
  const button = target.closest("[data-bulk-step], [data-bulk-all], [data-bulk-none]");
  if (button?.dataset.bulkStep) step(Number(button.dataset.bulkStep));
  else if (button) {
    everything().checked = false;
    mark(boxes(), "bulkAll" in button.dataset);
    if ("bulkNone" in button.dataset) document.querySelector(".row-link[aria-current], .row-link")?.focus();
  }
});
document.addEventListener("change", ({ target }) => {
  if (bar() && target.matches(".row-choose, [name=everything]")) tell();
});
document.addEventListener("keydown", ({ key, target }) => {
  const isBusy = target.closest("#conversation, input:not(.row-choose), textarea, select, dialog, [popover]");
  if (key === "Escape" && bar() && chosen.size && !isBusy) bar().querySelector("[data-bulk-none]").click();
});
document.addEventListener("htmx:afterSettle", () => {
  if (!bar() || !chosen.size) return;
  for (const box of boxes()) box.checked = chosen.has(box.value);
  const there = new Set(boxes().map((box) => box.value));
  for (const id of chosen) if (!there.has(id)) chosen.delete(id);
  tell();
});
if (bar()) tell();
