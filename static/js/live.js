// One browser holds one stream, whatever the number of tabs: the tab that has the lock listens, and tells the others.
// The stream says only that something changed. Each tab hands that on as events of the document:
//   live:conversation  {id, kinds, by, isMine}  kinds are those of the record ("opened", "claimed", …); none: look again.
//                      At most once per conversation in SETTLE milliseconds. preventDefault() keeps live-page.js off the row.
//   live:counters      after such a burst: numbers may have changed
//   live:reload        too much was missed, or nothing was looked at for long: look again at all that is shown
//   live:notification, live:sending, live:policy, live:here {conversation}
//   live:state         {state}: live, reconnecting, offline or signed-out
// Nothing is missed: whoever connects says how far it had heard (position), or how old the page is.
const { liveUrl: url, reader } = document.body.dataset;
const name = `socialhub.live.${reader}`;
const tabs = new BroadcastChannel(name);
const me = Math.random().toString(36).slice(2);
// The server says something every 15 seconds; after SILENCE the connection is dead, whatever the browser believes.
const [SETTLE, SILENCE, MOST_RECENT, TICK] = [400, 40000, 100, 5000];
// What is shown grows old also where nothing happens: what is late, what the policy says. Who looks at it has it renewed.
const GROWS_OLD = 600000;
// Plain http on a company's network has no locks: then each tab listens for itself, while it is looked at.
const locks = navigator.locks ?? { request: async (_name, _options, hold) => hold() };
const LEAVE_AFTER = navigator.locks ? 300000 : 1000;
const kinds = ["changed", "reload", "notification", "sending", "policy", "here", "position", "ping"];
const gathered = new Map();
const recent = [];
let state, position, leave, timer;
let lookedAt = Date.now();

function say(event, detail) {
  if (event === "reload") lookedAt = Date.now();
  document.dispatchEvent(new CustomEvent(`live:${event}`, { detail, cancelable: true }));
}

function flush() {
  timer = 0;
  for (const [id, { kinds: what, by }] of gathered) {
    const isMine = by.size > 0 && [...by].every((person) => String(person) === reader);
    say("conversation", { id, kinds: [...what], by: [...by], isMine });
  }
  gathered.clear();
  say("counters");
}

function gather(changes) {
  for (const { conversation, kinds: what, by } of changes) {
    const known = gathered.get(conversation) ?? { kinds: new Set(), by: new Set() };
    what.forEach((kind) => known.kinds.add(kind));
    by.forEach((person) => known.by.add(person));
    gathered.set(conversation, known);
  }
  timer ||= setTimeout(flush, SETTLE);
}

function take({ to, state: told, event, data, at }) {
  if (to && to !== me) return;
  position = at || position;
  if (told && told !== state) say("state", { state: (state = told) });
  if (event === "changed") gather(data);
  else if (event && event !== "position" && event !== "ping") say(event, data);
}

function tell(message) {
  take(message);
  tabs.postMessage(message);
  if (!message.event || message.event === "ping") return;
  recent.push({ ...message, when: Date.now() });
  if (recent.length > MOST_RECENT) recent.shift();
}

// A page that was asked for before something happened, and shown after, has not heard of it.
function welcome({ isNew: tab, since }) {
  if (!leave?.isLeader) return;
  tabs.postMessage({ to: tab, state, at: position });
  const isAll = recent.length < MOST_RECENT || recent[0].when < since;
  if (!isAll) tabs.postMessage({ to: tab, event: "reload" });
  for (const { when, ...message } of isAll ? recent : []) if (when > since) tabs.postMessage({ ...message, to: tab });
}

function listen() {
  let source, retry;
  let failures = 0, heardAt = Infinity;
  const failed = () => tell({ state: navigator.onLine && failures < 3 ? "reconnecting" : "offline" });
  // By the clock on the wall: it goes on while a computer sleeps.
  const watch = setInterval(() => Date.now() - heardAt > SILENCE && (failures++, failed(), open()), TICK);
  const heard = () => (heardAt = Date.now());
  const again = async () => {
    // A refusal looks like any other failure to the stream; asked directly, the server says which it is.
    const answer = await fetch(url, { method: "HEAD" }).catch(() => null);
    if (answer?.status === 403) tell({ state: "signed-out" });
    else failed();
    retry = setTimeout(open, Math.min(1000 * 2 ** failures, 30000) * (0.5 + Math.random()));
  };
  function open() {
    clearTimeout(retry);
    source?.close();
    const age = Math.ceil((Date.now() - performance.timeOrigin) / 1000);
    source = new EventSource(`${url}?${position ? `after=${position}` : `age=${age}`}`);
    heard();
    source.addEventListener("error", () => {
      failures++;
      if (source.readyState === EventSource.CLOSED) again();
      else failed();
    });
    for (const kind of kinds) {
      source.addEventListener(kind, (event) => {
        failures = 0;
        heard();
        const data = JSON.parse(event.data);
        // Somebody else has signed in in this browser: what they hear is not for this page.
        const isOurs = kind !== "position" || String(data.reader ?? reader) === reader;
        if (!isOurs) source.close(), (heardAt = Infinity);
        tell(isOurs ? { state: "live", event: kind, data, at: event.lastEventId } : { state: "signed-out" });
      });
    }
  }
  const resume = () => (failures = 0, open());
  addEventListener("online", resume);
  addEventListener("offline", failed);
  document.addEventListener("session:back", resume);
  open();
  return () => {
    source.close();
    clearTimeout(retry);
    clearInterval(watch);
    removeEventListener("online", resume);
    removeEventListener("offline", failed);
    document.removeEventListener("session:back", resume);
  };
}

function join() {
  const waiting = new AbortController();
  leave = () => waiting.abort();
  const hold = () => new Promise((resolve) => {
    const stop = listen();
    leave = () => resolve(stop());
    leave.isLeader = true;
  });
  locks.request(name, { signal: waiting.signal }, hold).catch(() => {});
}

if (url) {
  let leaving = 0;
  tabs.addEventListener("message", ({ data }) => (data.isNew ? welcome(data) : take(data)));
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(() => (leave = leave?.()), LEAVE_AFTER);
    else if (!leave) join();
  });
  const growOld = () => !document.hidden && Date.now() - lookedAt > GROWS_OLD && say("reload");
  setInterval(growOld, TICK);
  document.addEventListener("visibilitychange", growOld);
  // A page that the browser had put to sleep may not have been told everything.
  addEventListener("pageshow", (event) => event.persisted && say("reload"));
  for (const back of ["resume", "session:back"]) document.addEventListener(back, () => say("reload"));
  join();
  tabs.postMessage({ isNew: me, since: performance.timeOrigin - 2000 });
}
