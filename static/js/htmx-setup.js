// Puts refusals where the form says; what fails otherwise is shown by faults.js.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt.closest("[data-refusal-target]");
  if (!form || ![403, 409, 422].includes(xhr.status)) return;
  event.detail.shouldSwap ||= xhr.responseText.includes("data-refusal");
  const whole = xhr.status === 422 && form.dataset.invalidTarget;
  event.detail.target = document.querySelector(whole || form.dataset.refusalTarget);
  event.detail.swapOverride = whole ? "outerHTML" : "innerHTML";
});

// A row that was asked for and has left the list, or the reader's sight, stays until the list is loaded again.
document.addEventListener("htmx:afterRequest", ({ detail: { target, xhr } }) => {
  if (target?.matches(".row") && [204, 404].includes(xhr.status)) target.classList.add("is-gone");
});

// What was told of a fault is over when something that somebody asked for succeeds, not by what the page does of itself.
const ASKED = ["click", "submit", "change", "input"];
document.addEventListener("htmx:afterOnLoad", ({ detail: { successful, requestConfig } }) => {
  const messages = document.getElementById("messages");
  if (!successful || !ASKED.includes(requestConfig.triggeringEvent?.type)) return;
  if (messages?.querySelector(".tone-urgent")) messages.replaceChildren();
});
