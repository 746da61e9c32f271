// What htmx does everywhere: refusals stand where the form says; what fails otherwise is shown by faults.js.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt.closest("[data-refusal-target]");
  if (!form || ![403, 409, 422].includes(xhr.status)) return;
  event.detail.shouldSwap ||= xhr.responseText.includes("data-refusal");
  const whole = xhr.status === 422 && form.dataset.invalidTarget;
  event.detail.target = document.querySelector(whole || form.dataset.refusalTarget);
  event.detail.swapOverride = whole ? "outerHTML" : "innerHTML";
});

// Whoever asks for another tab or window gets one: htmx would open the link here.
document.addEventListener("click", (event) => {
  if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[hx-get]")) event.stopPropagation();
}, true);

// A row that was asked for and has left the list, or the reader's sight, stays until the list is loaded again.
document.addEventListener("htmx:afterRequest", ({ detail: { target, xhr } }) => {
  if (target?.matches(".row") && [204, 404].includes(xhr.status)) target.classList.add("is-gone");
});

// What was told of a fault is over when something succeeds that somebody asked for after it, not what was on its way
// before, nor what the page does of itself.
const ASKED = ["click", "submit", "change", "input"];
const toldBefore = new WeakMap();
const told = () => document.querySelector("#messages .tone-urgent");
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => toldBefore.set(xhr, told()));
document.addEventListener("htmx:afterOnLoad", ({ detail: { successful, requestConfig, xhr } }) => {
  if (!successful || !ASKED.includes(requestConfig.triggeringEvent?.type)) return;
  if (told() && told() === toldBefore.get(xhr)) document.getElementById("messages").replaceChildren();
});
