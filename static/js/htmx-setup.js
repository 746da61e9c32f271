// Puts refusals where the form says, and makes a failed request visible.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt.closest("[data-refusal-target]");
  if (!form || ![403, 409, 422].includes(xhr.status)) return;
  event.detail.shouldSwap ||= xhr.responseText.includes("data-refusal");
  const whole = xhr.status === 422 && form.dataset.invalidTarget;
  event.detail.target = document.querySelector(whole || form.dataset.refusalTarget);
  event.detail.swapOverride = whole ? "outerHTML" : "innerHTML";
});

for (const fault of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(fault, (event) => {
    const { target, xhr } = event.detail;
    if (target?.matches(".row") && xhr?.status === 404) return;
    const text = document.getElementById("fault")?.content.cloneNode(true);
    if (text) document.getElementById("messages").replaceChildren(text);
  });
}

// A row that was asked for and has left the list, or the reader's sight, stays until the list is loaded again.
document.addEventListener("htmx:afterRequest", ({ detail: { target, xhr } }) => {
  if (target?.matches(".row") && [204, 404].includes(xhr.status)) target.classList.add("is-gone");
});

document.addEventListener("htmx:afterOnLoad", () => {
  const messages = document.getElementById("messages");
  if (messages?.querySelector(".tone-urgent")) messages.replaceChildren();
});
