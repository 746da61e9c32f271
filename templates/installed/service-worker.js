// Keeps the page for when there is no connection, and the files that every page loads. Never a page, never an answer:
// what somebody read would otherwise be there for whoever uses the browser next.
const { version, offline, static: folder, icon, files } = {{ known|safe }};
const KEPT = `socialhub-${version}`;
// A file named after what is in it never changes.
const NAMED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const kept = await caches.open(KEPT);
    // Without the cookies: what is kept is the same for everybody.
    await kept.addAll(files.map((file) => new Request(file, { credentials: "omit", cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("socialhub-") && name !== KEPT);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

const without = async (file) => (await caches.match(file)) ?? Response.error();

async function file(request) {
  const kept = await caches.match(request.url);
  if (kept && NAMED.test(request.url)) return kept;
  const answer = await fetch(request).catch(() => null);
  if (!answer) return kept ?? Response.error();
  if (answer.ok && NAMED.test(request.url)) (await caches.open(KEPT)).put(request.url, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => without(offline)));
  else if (new URL(request.url).pathname.startsWith(folder)) event.respondWith(file(request));
});

self.addEventListener("push", (event) => {
  const told = event.data?.json();
  if (!told) return;
  const { title, body, url, tag } = told;
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url }, icon }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const lead = async () => {
    const address = new URL(event.notification.data.url, self.location.origin);
    const open = await self.clients.matchAll({ type: "window" });
    const there = open.find((one) => one.url === address.href);
    if (there) return there.focus();
    return self.clients.openWindow(address.href);
  };
  event.waitUntil(lead());
});
