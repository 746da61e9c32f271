// The list under the reader's hand: further rows join it at both ends, nothing moves, and what is new waits behind a button.
const [MOST_ASKED, MOST_PAGES] = [2000, 8];
const [SETTLE, COMPARE_EVERY, WRITE_AFTER] = [600, 4000, 300];
const list = () => document.getElementById("inbox-list");
const rowsOf = (root) => [...root.querySelectorAll(".row[data-conversation]")];
const idOf = (row) => Number(row.dataset.conversation);

// What is on screen stays where it is while rows come in above.
let held;
function hold() {
  const box = list();
  const top = box.getBoundingClientRect().top;
  const row = rowsOf(box).find((each) => each.getBoundingClientRect().bottom > top);
  held = row && { row, top: row.getBoundingClientRect().top };
}
function letGo() {
  if (held?.row.isConnected) list().scrollTop += held.row.getBoundingClientRect().top - held.top;
  held = undefined;
}

document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => target.matches?.(".rows-way") && hold());
document.addEventListener("htmx:afterSettle", () => held && letGo());

// The same conversation twice says nothing: one that moved to where the reader comes to is shown where it is now.
document.addEventListener("htmx:afterSwap", () => {
  const box = list();
  if (!box) return;
  const seen = new Map();
  for (const row of rowsOf(box)) {
    seen.get(idOf(row))?.remove();
    seen.set(idOf(row), row);
  }
});

// The address names the page of rows that is looked at, so that coming back leads there.
let writing;
function rememberPlace() {
  const box = list();
  if (!box) return;
  const top = box.getBoundingClientRect().top + 8;
  const above = [...box.querySelectorAll(".rows-place")].filter((mark) => {
    const row = mark.nextElementSibling;
    return row && row.getBoundingClientRect().top <= top;
  });
  const place = new URLSearchParams((above.at(-1) ?? box.querySelector(".rows-place"))?.dataset.place ?? "");
  const url = new URL(location.href);
  for (const name of ["after", "before"]) {
    url.searchParams.delete(name);
    if (place.has(name)) url.searchParams.set(name, place.get(name));
  }
  // Which row of that page it was, only this entry of the history knows.
  const row = rowsOf(box).find((each) => each.getBoundingClientRect().bottom > top);
  history.replaceState({ ...history.state, row: row?.id }, "", url);
}
document.getElementById(history.state?.row)?.scrollIntoView({ block: "start" });
function rememberSoon() {
  clearTimeout(writing);
  writing = setTimeout(rememberPlace, WRITE_AFTER);
}
document.addEventListener("scroll", (event) => event.target === list() && rememberSoon(), { capture: true, passive: true });
// Not at once: the conversation that was asked for is painted first.
document.addEventListener("htmx:pushedIntoHistory", rememberSoon);

// What came since the list was loaded is counted, not shown: a button brings it when the reader wants it.
// While much comes in, the list is compared now and then, and not never because it never settles.
let asking;
let compared = 0;
function ask() {
  asking ??= setTimeout(() => {
    asking = undefined;
    compared = Date.now();
    compare();
  }, Math.max(SETTLE, compared + (0.5 + Math.random()) * COMPARE_EVERY - Date.now()));
}

async function compare() {
  const box = list();
  const news = document.querySelector("[data-list-news]");
  if (!box?.dataset.places || !news || document.hidden) return;
  const url = new URL(box.dataset.places, location);
  const [begin, end] = [box.querySelector("[data-begin]"), box.querySelector("[data-end]")];
  if (begin) url.searchParams.set("begin", begin.dataset.begin);
  if (end) url.searchParams.set("end", end.dataset.end);
  const answer = await fetch(url, { headers: { "X-Requested-With": "list" } }).catch(() => null);
  if (!answer?.ok) return stayBehind(answer);
  const { ids } = await answer.json();
  const shown = rowsOf(box).map(idOf);
  const known = new Set(shown);
  const here = new Set(ids);
  for (const id of ids) if (ours.has(id) && !known.has(id) && await bring(id, ids)) known.add(id);
  const fresh = ids.filter((id) => !known.has(id));
  const first = ids.findIndex((id) => known.has(id));
  const above = begin ? 0 : ids.slice(0, first < 0 ? ids.length : first).length;
  tell(news, fresh.length, above === fresh.length);
  // The two at the ends are not asked about: they fade when something is heard of them.
  if (ids.length < MOST_ASKED) {
    for (const row of rowsOf(box).slice(begin ? 1 : 0, end ? -1 : undefined)) {
      row.classList.toggle("is-gone", !here.has(idOf(row)));
    }
  }
  if (isBehind) await renew(box);
}

// Too much happened, or too much time went by: what the rows say is asked for again, page by page, and put where they stand.
let isBehind = false;
function stayBehind(answer) {
  isBehind = true;
  if (!(answer?.status < 500) && document.querySelector("[data-live]")?.dataset.state === "live") ask();
}
async function renew(box) {
  // What is heard from now on asks for another look.
  isBehind = false;
  const old = new Map(rowsOf(box).filter((row) => !row.matches(".is-gone")).map((row) => [row.id, row]));
  let place = box.querySelector(".rows-place")?.dataset.place;
  for (let pages = 0; place !== undefined && old.size && pages < MOST_PAGES; pages++) {
    const answer = await fetch(new URL(`../${place}`, new URL(box.dataset.places, location))).catch(() => null);
    if (!answer?.ok || answer.redirected) return stayBehind(answer);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const row of rowsOf(page)) {
      const [link, shown] = [row, old.get(row.id)].map((each) => each?.querySelector(".row-link"));
      if (shown && shown.innerHTML !== link.innerHTML) shown.innerHTML = link.innerHTML;
      shown?.classList.toggle("is-unread", link.matches(".is-unread"));
      old.delete(row.id);
    }
    place = page.querySelector(".rows-way[data-way=after] a")?.getAttribute("href");
  }
}

// What the reader did is no news to them: what came back by that stands in its place again.
const ours = new Set();
async function bring(id, ids) {
  ours.delete(id);
  const address = new URL(list().dataset.rowUrl.replace("/0/", `/${id}/`), location);
  if (document.querySelector(".conversation")?.dataset.conversation === String(id)) address.searchParams.set("selected", "1");
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  const row = answer?.status === 200 && document.createRange().createContextualFragment(await answer.text()).querySelector(".row");
  const rowOf = (each) => document.getElementById(`row-${each}`);
  const before = ids.slice(0, ids.indexOf(id)).reverse().map(rowOf).find(Boolean);
  const first = rowsOf(list())[0];
  if (!row || !first || rowOf(id)) return Boolean(rowOf(id));
  hold();
  if (before) before.after(row);
  else first.before(row);
  window.htmx.process(row);
  letGo();
  return true;
}

function tell(news, count, isAbove) {
  const link = news.querySelector("a");
  const which = `${isAbove ? "" : "within"}${count === 1 ? "One" : "Many"}`;
  const text = news.dataset[which[0].toLowerCase() + which.slice(1)].replace("%n", count);
  if (link.textContent !== text) link.textContent = text;
  link.hidden = count === 0;
}

document.addEventListener("live:conversation", ({ detail: { id, isMine } }) => {
  if (document.getElementById(`row-${id}`)) return;
  if (isMine) ours.add(id);
  ask();
});
document.addEventListener("live:reload", () => {
  isBehind = true;
  ask();
});
// What could not be asked for while nothing came through.
document.addEventListener("live:state", ({ detail: { state } }) => state === "live" && isBehind && ask());
document.addEventListener("visibilitychange", () => !document.hidden && ask());

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-list-news] a");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const before = new Set(rowsOf(list()).map(idOf));
  const source = new URL(link.href);
  await window.htmx.ajax("GET", source.href, { source: link, target: "#inbox-list", select: "#inbox-list", swap: "outerHTML" });
  link.hidden = true;
  const box = list();
  box.scrollTop = 0;
  const open = document.querySelector(".conversation")?.dataset.conversation;
  for (const row of rowsOf(box)) {
    row.classList.toggle("is-new", !before.has(idOf(row)));
    if (row.dataset.conversation === open) row.querySelector(".row-link").ariaCurrent = "true";
  }
  rememberPlace();
  box.querySelector(".row-link")?.focus({ preventScroll: true });
});

// What was not chosen asks for nothing.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-filter]")) return;
  for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => {
  for (const field of document.querySelector("[data-filter]")?.elements ?? []) field.disabled = false;
});
