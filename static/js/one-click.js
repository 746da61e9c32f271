// Sends a form once, however often its button is clicked. What htmx sends it guards itself.
const sent = new Set();

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (sent.has(event.target)) event.preventDefault();
  else sent.add(event.target);
});

// Back from the next page the form is to be used again.
window.addEventListener("pageshow", () => sent.clear());
