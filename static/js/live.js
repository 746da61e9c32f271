// One browser holds one stream, whatever the number of tabs. An event says only that something changed.
const url = document.body.dataset.liveUrl;
const name = `socialhub.live.${document.body.dataset.reader}`;
const [SETTLE, RETRY, STALE, LEAVE_AFTER] = [400, 5000, 10000, 300000];
const tabs = new BroadcastChannel(name);
// Plain http on a company's network has no locks: then each tab listens for itself.
const locks = navigator.locks ?? { request: async (_name, _options, hold) => hold() };
const changed = new Set();
let state, leave, timer;

function refresh() {
  const pattern = document.getElementById("inbox-list")?.dataset.rowUrl;
  const thread = document.getElementById("thread");
  const open = thread?.closest(".conversation").dataset.conversation;
  for (const id of changed) {
    const row = document.querySelector(`#row-${id}:not(.is-gone)`);
    const query = id === open ? "?selected=1" : "";
    if (row) window.htmx.ajax("GET", pattern.replace("/0/", `/${id}/`) + query, { target: row, swap: "outerHTML" });
    else document.querySelector("[data-list-news]")?.removeAttribute("hidden");
  }
  if (thread && (changed.has("all") || changed.has(open))) window.htmx.trigger(thread, "refresh");
  changed.clear();
}

// A page that was asked for just before the news may have been written just before it too.
function lookAtStops() {
  sessionStorage.setItem("socialhub.stops", Date.now());
  window.htmx.trigger("#stops", "refresh");
}

function take(message) {
  state = message.state ?? state;
  for (const light of document.querySelectorAll("[data-live]")) light.dataset.state = state;
  if (message.notification) window.htmx.trigger("#bell", "refresh");
  if (message.sending) lookAtStops();
  if (!message.conversation) return;
  changed.add(String(message.conversation));
  clearTimeout(timer);
  timer = setTimeout(refresh, SETTLE);
}

function tell(message) {
  take(message);
  tabs.postMessage(message);
}

function listen(wasLost = false) {
  const source = new EventSource(url);
  let retry;
  source.addEventListener("open", () => tell({ state: "live", conversation: wasLost ? "all" : undefined, sending: wasLost }));
  source.addEventListener("error", () => {
    wasLost = true;
    const isOver = source.readyState === EventSource.CLOSED;
    if (isOver) retry = setTimeout(() => (stop = listen(true)), RETRY);
    tell({ state: isOver ? "offline" : "reconnecting" });
  });
  source.addEventListener("changed", (event) => tell(JSON.parse(event.data)));
  source.addEventListener("sending", () => tell({ sending: true }));
  source.addEventListener("notification", () => tell({ notification: true }));
  let stop = () => (source.close(), clearTimeout(retry));
  return () => stop();
}

function join() {
  const waiting = new AbortController();
  leave = () => waiting.abort();
  const hold = () => new Promise((resolve) => {
    const stop = listen();
    leave = () => resolve(stop());
  });
  locks.request(name, { signal: waiting.signal }, hold).catch(() => {});
  tabs.postMessage({ isNew: true });
}

if (url) {
  let leaving = 0;
  tabs.addEventListener("message", ({ data }) => (data.isNew ? state && tabs.postMessage({ state }) : take(data)));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(() => (leave = leave()), LEAVE_AFTER);
    else if (!leave) join(), take({ conversation: "all", sending: true });
  });
  join();
  if (Date.now() - sessionStorage.getItem("socialhub.stops") < STALE) window.htmx.trigger("#stops", "refresh");
}
