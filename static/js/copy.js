// Copies what is written in a part of the page. Without a secure connection browsers do not: then it is selected.
function offer() {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const part = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(part.innerText);
    button.textContent = button.dataset.done;
  } catch {
    window.getSelection().selectAllChildren(part);
  }
});

document.addEventListener("htmx:afterSettle", offer);
offer();
