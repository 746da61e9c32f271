// What was done, and the way back: it leaves the screen after a while, but not while somebody is at it, and its key goes on.
const [SHOWN, STEP] = [10000, 500];
const place = document.getElementById("toast");
// What was done before this page was loaded is told by it.
let left = place.querySelector(".toast") ? SHOWN : 0;

const isHeld = () => document.hidden || place.matches(":hover, :focus-within");
function end() {
  if (place.contains(document.activeElement)) document.getElementById("conversation-title")?.focus({ preventScroll: true });
  for (const toast of place.querySelectorAll(".toast")) toast.classList.add("is-over");
}

new MutationObserver(() => {
  left = SHOWN;
  // What was refused before is answered by what was done since.
  if (place.querySelector(".toast")) document.querySelector("#messages:has([data-refusal])")?.replaceChildren();
}).observe(place, { childList: true });

setInterval(() => {
  if (left <= 0 || isHeld()) return;
  left -= STEP;
  if (left <= 0) end();
}, STEP);

place.addEventListener("click", ({ target }) => target.closest("[data-toast-close]") && end());
place.addEventListener("keydown", ({ key }) => key === "Escape" && end());
// What is undone is undone once.
document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => elt.matches(".undo") && elt.closest(".toast") && end());
