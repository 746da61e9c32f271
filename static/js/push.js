// Asks the browser to be told while no page is open, and hands its introduction in with the form.
const form = document.querySelector("[data-push]");
const show = (state) => {
  for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
};
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return show("denied");
  const registration = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
  const { endpoint, keys } = (await registration.pushManager.subscribe(options)).toJSON();
  for (const [name, value] of Object.entries({ endpoint, ...keys })) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  form.submit();
}

if (form && "serviceWorker" in navigator && "PushManager" in window) {
  show(Notification.permission === "denied" ? "denied" : "able");
  form.querySelector("[data-push-on]").addEventListener("click", () => subscribe().catch(() => show("failed")));
}
