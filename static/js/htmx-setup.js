// Puts refusals where the form says, and makes a failed request visible.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt.closest("[data-refusal-target]");
  if (!form || (xhr.status !== 409 && xhr.status !== 422)) return;
  const whole = xhr.status === 422 && form.dataset.invalidTarget;
  event.detail.target = document.querySelector(whole || form.dataset.refusalTarget);
  event.detail.swapOverride = whole ? "outerHTML" : "innerHTML";
});

for (const fault of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(fault, (event) => {
    if (event.detail.requestConfig?.verb === "get" && event.detail.xhr?.status === 404) return;
    const text = document.getElementById("fault")?.content.cloneNode(true);
    if (text) document.getElementById("messages").replaceChildren(text);
  });
}

document.addEventListener("htmx:afterOnLoad", () => {
  const messages = document.getElementById("messages");
  if (messages?.querySelector(".tone-urgent")) messages.replaceChildren();
});
