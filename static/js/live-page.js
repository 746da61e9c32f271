// What the page does of itself when it hears of something: the light, the open conversation, its row, bell, stops, numbers.
const [STALE, SPREAD, COUNTERS_EVERY, QUIET, JUST_NOW] = [10000, 3000, 10000, 4000, 5000];
const TAKEN = ["claimed", "taken_over", "handed_over", "offered", "decided"];
const heardAt = new Map();
const [changed, taken] = [new Set(), new Set()];
const refresh = (element) => element && window.htmx.trigger(element, "refresh");
const find = (selector) => document.querySelector(selector);
const openOne = () => find("#thread")?.closest("[data-conversation]").dataset.conversation;
// Many browsers hear the same at once; they need not all ask at once.
const soon = (act) => setTimeout(act, Math.random() * SPREAD);

document.addEventListener("live:conversation", (event) => {
  const { id, kinds, isMine } = event.detail;
  heardAt.set(String(id), Date.now());
  for (const [known, when] of heardAt) if (Date.now() - when > JUST_NOW) heardAt.delete(known);
  if (String(id) === openOne()) refresh(find("#thread"));
  if (event.defaultPrevented || !find(`#row-${id}:not(.is-gone)`)) return;
  if (!isMine && kinds.some((kind) => TAKEN.includes(kind))) taken.add(id);
  changed.add(id);
  askForRows();
});

// One after another: htmx asks for one thing at a time in the name of the page, and of what waits it keeps only the last.
let isAsking = false;
async function askForRows() {
  if (isAsking) return;
  isAsking = true;
  for (const id of changed) {
    changed.delete(id);
    await askForRow(id).catch(() => {});
  }
  isAsking = false;
}

async function askForRow(id) {
  const row = find(`#row-${id}:not(.is-gone)`);
  const pattern = find("#inbox-list")?.dataset.rowUrl;
  if (!row || !pattern) return;
  const address = new URL(pattern.replace("/0/", `/${id}/`), location);
  if (String(id) === openOne()) address.searchParams.set("selected", "1");
  const isTaken = taken.delete(id);
  await window.htmx.ajax("GET", address.pathname + address.search, { target: row, swap: "outerHTML", event: new Event("refresh") });
  // The row fades to the name of who has taken it.
  if (isTaken) find(`#row-${id}`)?.classList.add("is-taken");
}

// News while something is being renewed: htmx would forget it together with what it puts something new in place of.
const again = new Set();
document.addEventListener("refresh", ({ target }) => target.matches(".htmx-request") && again.add(target.id), true);
document.addEventListener("htmx:afterRequest", ({ detail: { target } }) => {
  if (again.delete(target?.id)) refresh(document.getElementById(target.id));
});

// A conversation that was asked for just before something happened to it is shown as it was.
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target?.id !== "conversation") return;
  if (Date.now() - (heardAt.get(openOne()) ?? 0) < JUST_NOW) refresh(find("#thread"));
});

let counted = 0;
document.addEventListener("live:counters", () => {
  if (counted || !find("#queues")) return;
  counted = setTimeout(() => {
    counted = 0;
    if (!document.hidden) refresh(find("#queues"));
  }, COUNTERS_EVERY * (0.5 + Math.random()));
});
document.addEventListener("visibilitychange", () => !document.hidden && refresh(counted ? find("#queues") : null));

// A page that was asked for just before the news may have been written just before it too.
function lookAtStops() {
  sessionStorage.setItem("socialhub.stops", Date.now());
  refresh(find("#stops"));
}

document.addEventListener("live:notification", () => refresh(find("#bell")));
document.addEventListener("live:sending", lookAtStops);
document.addEventListener("live:policy", () => soon(() => refresh(find("#thread"))));
document.addEventListener("live:reload", () => {
  soon(() => ["#thread", "#bell", "#queues", "#stops"].map(find).forEach(refresh));
});
// What the page asked for of itself, and did not get, nobody tells it a second time.
let missing;
for (const type of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(type, ({ detail: { xhr, requestConfig } }) => {
    if (requestConfig.triggeringEvent?.type !== "refresh" || (xhr?.status && xhr.status < 500)) return;
    missing ??= setTimeout(lookAgain, STALE * (0.5 + Math.random()));
  });
}
function lookAgain() {
  missing = clearTimeout(missing);
  document.dispatchEvent(new CustomEvent("live:reload"));
}

if (Date.now() - sessionStorage.getItem("socialhub.stops") < STALE) refresh(find("#stops"));

// The light changes at once; it is read out only when the connection stays away, and when it is back after that.
let saying, said = "live";
document.addEventListener("live:state", ({ detail: { state } }) => {
  if (missing && state === "live") lookAgain();
  for (const light of document.querySelectorAll("[data-live]")) light.dataset.state = state;
  clearTimeout(saying);
  saying = setTimeout(() => {
    const status = find("[data-live-status]");
    if (state !== said && status) status.textContent = find(`[data-live] [data-when="${state}"]`)?.textContent ?? "";
    said = state;
  }, QUIET);
});
