// The service worker belongs to who is signed in: it comes with the first page of theirs, and goes with the sign-out.
const { worker } = document.querySelector('link[rel="manifest"]').dataset;

async function leave() {
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.map((one) => one.unregister()));
  const names = (await caches.keys()).filter((name) => name.startsWith("socialhub-"));
  await Promise.all(names.map((name) => caches.delete(name)));
}

if ("serviceWorker" in navigator) {
  const act = () => (worker ? navigator.serviceWorker.register(worker) : leave()).catch(() => {});
  if (document.readyState === "complete") act();
  else addEventListener("load", act);
}
