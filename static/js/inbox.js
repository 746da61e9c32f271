// Keeps list, open conversation and half-filled forms in step while parts of the page are swapped.
function isTouched(region) {
  if (region.contains(document.activeElement)) return true;
  return [...region.querySelectorAll("input:not([type=hidden]), textarea, option")].some((field) =>
    field.matches("option")
      ? field.selected !== field.defaultSelected && field.closest("select").querySelector("[selected]")
      : field.matches("[type=radio], [type=checkbox]")
        ? field.checked !== field.defaultChecked
        : field.value !== field.defaultValue,
  );
}

document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  if (target.matches("[data-guard]") && isTouched(target)) event.detail.shouldSwap = false;
  for (const fold of target.querySelectorAll("[data-keep]")) {
    const fresh = fragment.querySelector(`[data-keep="${fold.dataset.keep}"]`);
    if (fresh) fresh.open = fold.open;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "conversation") return;
  const open = document.querySelector(".conversation")?.dataset.conversation;
  for (const link of document.querySelectorAll(".row-link")) {
    const isOpen = link.parentElement.dataset.conversation === open;
    link.toggleAttribute("aria-current", isOpen);
    if (!isOpen) continue;
    link.setAttribute("aria-current", "true");
    link.classList.remove("is-unread");
  }
  document.getElementById("conversation-title")?.focus({ preventScroll: true });
});

// After a refusal the page shows how things stand now, beside the sentence that says so.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.xhr.status === 409) window.htmx.trigger("#thread", "refresh");
});

document.addEventListener("click", (event) => {
  const look = event.target.closest("[data-look]");
  const thread = document.getElementById("thread");
  if (!look || !thread) return;
  event.preventDefault();
  window.htmx.trigger(thread, "refresh");
  thread.lastElementChild?.scrollIntoView({ block: "nearest" });
});
