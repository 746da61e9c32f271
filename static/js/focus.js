// Part of the page is swapped while the focus is in it: the focus goes on where it was, or at what is nearest to that.
let lost;

const idsAbove = (element) => (element ? [...(element.id ? [element.id] : []), ...idsAbove(element.parentElement)] : []);
const foldsAbove = (element) => {
  const fold = element?.closest("[data-keep]");
  return fold ? [fold.dataset.keep, ...foldsAbove(fold.parentElement)] : [];
};

function keep(region) {
  const active = document.activeElement;
  if (active === document.body || !region?.contains(active)) return;
  const { localName, name, textContent: text } = active;
  lost = { localName, name, text, ids: idsAbove(active), folds: foldsAbove(active) };
}

// The same control as it was printed anew. In a row there is one of a kind, and what it says may have changed.
function findAgain({ localName, name, text, ids }) {
  const own = document.getElementById(ids[0]);
  if (!own || own.localName === localName) return own;
  const alike = [...own.querySelectorAll(localName)].filter((each) => each.name === name);
  return alike.find((each) => each.textContent === text) ?? (own.matches(".row") ? alike[0] : null);
}

function focusOn(element) {
  element?.focus({ preventScroll: true });
  return document.activeElement !== document.body;
}

function giveBack() {
  const was = lost;
  lost = undefined;
  if (!was || document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
  if (focusOn(findAgain(was))) return;
  if (was.folds.some((name) => focusOn(document.querySelector(`[data-keep="${name}"] > summary`)))) return;
  focusOn(document.getElementById("conversation-title"));
}

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => keep(target));
document.addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => keep(target));
// After whoever puts it somewhere on purpose.
document.addEventListener("htmx:afterSettle", () => queueMicrotask(giveBack));
