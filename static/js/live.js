// One browser holds one stream, whatever the number of tabs. An event says only that something changed.
const url = document.body.dataset.liveUrl;
const name = `socialhub.live.${document.body.dataset.reader}`;
const LEAVE_AFTER = 5 * 60 * 1000;
const SETTLE = 400;
const tabs = new BroadcastChannel(name);
let leave = null;
let leaving = 0;
let awaited = 0;
const changed = new Set();

function show(state) {
  for (const light of document.querySelectorAll("[data-live]")) light.dataset.state = state;
}

function refresh() {
  const list = document.getElementById("inbox-list");
  const thread = document.getElementById("thread");
  const open = thread?.closest(".conversation").dataset.conversation;
  const pattern = list?.dataset.rowUrl;
  let isNews = changed.has("all");
  for (const id of changed) {
    const row = document.getElementById(`row-${id}`);
    if (row && pattern) window.htmx.ajax("GET", pattern.replace("0", id), { target: row, swap: "outerHTML" });
    else isNews = true;
  }
  if (thread && (changed.has("all") || changed.has(open))) window.htmx.trigger(thread, "refresh");
  const news = document.querySelector("[data-list-news]");
  if (news && isNews) news.hidden = false;
  changed.clear();
}

function take(message) {
  if (message.state) show(message.state);
  if (message.conversation) {
    changed.add(String(message.conversation));
    clearTimeout(awaited);
    awaited = setTimeout(refresh, SETTLE);
  }
  if (message.notification) {
    window.htmx.ajax("GET", location.href, { target: "#bell", select: "#bell", swap: "outerHTML" });
  }
}

function tell(message) {
  take(message);
  tabs.postMessage(message);
}

function listen() {
  const source = new EventSource(url);
  let wasLost = false;
  source.addEventListener("open", () => {
    tell({ state: "live", conversation: wasLost ? "all" : undefined });
    wasLost = false;
  });
  source.addEventListener("error", () => {
    wasLost = true;
    tell({ state: source.readyState === EventSource.CLOSED ? "offline" : "reconnecting" });
  });
  source.addEventListener("changed", (event) => tell(JSON.parse(event.data)));
  source.addEventListener("notification", () => tell({ notification: true }));
  tabs.addEventListener("message", ({ data }) => data.hello && tabs.postMessage({ state: wasLost ? "reconnecting" : "live" }));
  return source;
}

function join() {
  const stop = new AbortController();
  navigator.locks
    .request(name, { signal: stop.signal }, () => {
      const source = listen();
      return new Promise((resolve) => {
        leave = () => {
          source.close();
          resolve();
        };
      });
    })
    .catch(() => {});
  leave = () => stop.abort();
  tabs.postMessage({ hello: true });
}

if (url && "EventSource" in window && navigator.locks) {
  tabs.addEventListener("message", ({ data }) => take(data));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) {
      leaving = setTimeout(() => {
        leave?.();
        leave = null;
        show("offline");
      }, LEAVE_AFTER);
    } else if (!leave) {
      join();
      take({ conversation: "all" });
    }
  });
  window.addEventListener("offline", () => show("offline"));
  join();
}
