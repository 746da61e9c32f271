// From one conversation to the next: the neighbours of the open one wait ready, acts go on to the next by themselves.
const [GOES_STALE, IS_OLD, MOST_KEPT, PAUSE, FEW, SPREAD] = [30000, 300000, 6, 150, 5, 3000];
const kept = new Map();
const written = new Map();
// Where the reader is going: what is pressed while that loads counts from there. What is owed waits for further rows.
let aim, owed = 0, way = 1, idle, moving, leading;
const find = (selector) => document.querySelector(selector);
const pane = () => find("#conversation");
const openOne = () => pane()?.querySelector("article.conversation")?.dataset.conversation;
const isLive = () => find("[data-live]")?.dataset.state === "live";
const pkOf = (link) => link.parentElement.dataset.conversation;
const isLeft = (link) => link.parentElement.matches(".is-gone, .is-done");

const linkOf = (pk) => find(`#row-${pk} > .row-link`);
const furtherRows = (step) => find(`.rows-way[data-way=${step > 0 ? "after" : "before"}]`);

function neighbours(step) {
  const links = [...document.querySelectorAll("#inbox-list .row-link")];
  const here = links.findIndex((link) => pkOf(link) === (aim ?? openOne()));
  const beyond = step > 0 ? links.slice(here + 1) : links.slice(0, Math.max(here, 0)).reverse();
  return beyond.filter((link) => !isLeft(link));
}
const neighbour = (step) => neighbours(step)[0];

// What is kept is what the server said; whatever may have changed since is asked for again.
function keep(link, entry) {
  kept.delete(link.href);
  kept.set(link.href, { pk: pkOf(link), at: Date.now(), ...entry });
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}
function drop(pk) {
  for (const [href, entry] of kept) if (entry.pk === String(pk)) kept.delete(href);
}
function known(link) {
  const entry = kept.get(link.href);
  return entry && Date.now() - entry.at < IS_OLD ? entry : undefined;
}

// Fetched as a part of a page: nobody is here for that, and nothing is read by it.
async function fetchAhead(link) {
  const headers = { "HX-Request": "true", "HX-Target": "conversation", "X-Ahead": "1" };
  const asking = fetch(link.href, { headers, priority: "low" })
    .then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""))
    .catch(() => "");
  const entry = { pk: pkOf(link), asking };
  keep(link, entry);
  const text = await asking;
  if (kept.get(link.href)?.asking !== asking) return;
  if (text) keep(link, { text });
  else kept.delete(link.href);
}

function lookAhead() {
  cancelIdle(idle);
  idle = whenIdle(async () => {
    if (document.hidden || navigator.connection?.saveData || !openOne()) return;
    // Two on the way there: who presses twice in a row finds the second one ready too.
    const [next, second] = neighbours(way);
    for (const link of [next, second, neighbour(-way)]) {
      if (link?.isConnected && !known(link)) await fetchAhead(link);
    }
    const further = furtherRows(way);
    if (further && !neighbours(way)[FEW]) window.htmx.trigger(further, "intersect");
  });
}
const whenIdle = window.requestIdleCallback ? (act) => requestIdleCallback(act, { timeout: 1000 }) : (act) => setTimeout(act, 200);
const cancelIdle = window.cancelIdleCallback ?? clearTimeout;

function show(link, { text, at }) {
  remember();
  if (aim === pkOf(link)) aim = undefined;
  const target = pane();
  // What is focused is about to go: the browser would lay out both conversations to find that out.
  if (document.activeElement?.matches("#conversation :not(textarea, [type=text])")) document.activeElement.blur();
  const eventInfo = { target, elt: link, successful: true, xhr: { status: 200 } };
  history.pushState({ htmx: true }, "", link.href);
  window.htmx.trigger(document.body, "htmx:pushedIntoHistory", { path: link.href });
  window.htmx.swap(target, text, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 }, { eventInfo, contextElement: link });
  if (!isLive() || Date.now() - at > GOES_STALE) whenIdle(() => window.htmx.trigger("#thread", "refresh"));
}

const isRow = (element) => element.matches?.(".row-link") && pane();

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (!isRow(elt)) return;
  aim = pkOf(elt);
  const entry = known(elt);
  if (!entry) return void remember();
  event.preventDefault();
  if (entry.text) return show(elt, entry);
  entry.asking.then((text) => {
    if (aim !== entry.pk) return;
    if (text) return show(elt, { text, at: Date.now() });
    kept.delete(elt.href);
    linkOf(aim)?.click();
  });
});

// The event comes from where its element stood: the swap may have taken it away.
document.addEventListener("htmx:afterRequest", ({ detail: { xhr, successful, requestConfig } }) => {
  if (!requestConfig) return;
  const { elt, verb } = requestConfig;
  if (verb === "get") {
    if (successful && isRow(elt) && elt.isConnected) keep(elt, { text: xhr.responseText });
    return;
  }
  // What was left before its answer came is not what is open.
  const pk = elt.closest("article.conversation")?.dataset.conversation ?? openOne();
  drop(pk);
  if (successful) written.delete(pk);
  // What is undone is in its list again.
  if (successful && elt.matches(".undo")) find(`#row-${openOne()}`)?.classList.remove("is-gone", "is-done");
});

document.addEventListener("input", ({ target }) => target.closest("#conversation") && drop(openOne()));
document.addEventListener("live:conversation", ({ detail: { id } }) => {
  drop(id);
  lookAhead();
});
for (const news of ["live:reload", "live:policy", "live:sending", "session:back"]) {
  document.addEventListener(news, () => {
    kept.clear();
    // Many browsers hear the same at once; they need not all ask at once.
    setTimeout(lookAhead, Math.random() * SPREAD);
  });
}

document.addEventListener("htmx:afterSettle", ({ detail: { target, requestConfig } }) => {
  if (target?.id === "conversation") {
    putBack();
    if (requestConfig && isRow(requestConfig.elt) && pkOf(requestConfig.elt) === aim) aim = undefined;
    linkOf(aim ?? openOne())?.scrollIntoView({ block: "nearest" });
    if (aim) lead();
    else lookAhead();
  } else if (target?.matches?.(".rows-way")) {
    const [count, step] = [Math.abs(owed), Math.sign(owed)];
    owed = 0;
    for (let moved = 0; moved < count; moved++) move(step);
    if (!aim) lookAhead();
  }
});

for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, ({ detail: { requestConfig } }) => {
    if (isRow(requestConfig.elt) && pkOf(requestConfig.elt) === aim) aim = undefined;
  });
}

// Of those that are only passed by, none is asked for: not while presses follow one another.
function go(link, step) {
  way = step;
  owed = 0;
  clearTimeout(leading);
  if (!aim) return link.click();
  aim = pkOf(link);
  link.scrollIntoView({ block: "nearest" });
  leading = setTimeout(lead, PAUSE);
}
function lead() {
  clearTimeout(leading);
  if (aim) linkOf(aim)?.click();
}

function move(step) {
  const next = neighbour(step);
  if (next) return go(next, step);
  // There may be more of the list than is on the page.
  const further = furtherRows(step);
  if (!further) return;
  owed += step;
  further.scrollIntoView({ block: "nearest" });
  window.htmx.trigger(further, "intersect");
}

document.addEventListener("flow:move", (event) => {
  if (!openOne()) return;
  event.preventDefault();
  move(event.detail.step);
});

// In the list the arrows move the focus; what is open beside it follows when they rest.
document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (!["ArrowDown", "ArrowUp"].includes(key) || !target.matches(".row-link") || event.ctrlKey || event.altKey) return;
  const links = [...document.querySelectorAll("#inbox-list .row-link")];
  const next = links[links.indexOf(target) + (key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
  clearTimeout(moving);
  if (!openOne()) return;
  moving = setTimeout(() => {
    next.dataset.keepsFocus = "";
    go(next, key === "ArrowDown" ? 1 : -1);
  }, PAUSE);
});

// What was begun in a form is there again when one comes back.
const isOfForm = (field) => field.name && !["hidden", "file", "submit"].includes(field.type) && !field.dataset.keptAs;
const isChanged = (field) => {
  if (field.matches("select")) return ![...field.options].every((option) => option.selected === option.defaultSelected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
};
function remember() {
  if (!openOne()) return;
  const begun = [];
  for (const form of pane().querySelectorAll("form[method=post]:not([data-draft-url])")) {
    const fields = [...form.elements].filter(isOfForm).filter(isChanged);
    if (fields.length) begun.push([form.getAttribute("action"), fields.map((each) => [each.id, each.name, each.value, each.checked])]);
  }
  if (begun.length) written.set(openOne(), begun);
  else written.delete(openOne());
}
function putBack() {
  for (const [action, fields] of written.get(openOne()) ?? []) {
    const form = [...pane().querySelectorAll("form")].find((each) => each.getAttribute("action") === action);
    for (const [id, name, value, checked] of fields) {
      const field = form && [...form.elements].find((each) => each.name === name && each.id === id);
      if (!field) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = checked;
      else field.value = value;
    }
  }
}

// An act that ends the work on a conversation goes on to the next one of the list.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-goes-on]") || "stays" in document.body.dataset) return;
  if (neighbour(1) ?? neighbour(-1)) detail.headers["Goes-On"] = "1";
});
// Before the answer, where the next one waits ready.
document.addEventListener("flow:leave", (event) => {
  const next = neighbour(1) ?? neighbour(-1);
  const entry = next && known(next);
  if (aim || !entry?.text) return;
  event.preventDefault();
  way = 1;
  event.detail.took();
  show(next, entry);
});
document.addEventListener("flow:back", () => {
  remember();
  aim = undefined;
});
document.addEventListener("flow:done", ({ detail: { conversation } }) => {
  drop(conversation);
  const pk = String(conversation);
  const row = find(`#row-${pk}`);
  row?.classList.add("is-done");
  const next = neighbour(1) ?? neighbour(-1);
  // After the answer has been dealt with: it belongs to what is still open.
  queueMicrotask(() => {
    written.delete(pk);
    if (next && (aim ?? openOne()) === pk) go(next, 1);
    written.delete(pk);
  });
  if (isLive()) return;
  const detail = { id: conversation, kinds: [], by: [], isMine: true };
  document.dispatchEvent(new CustomEvent("live:conversation", { detail, cancelable: true }));
});

if (openOne()) lookAhead();
