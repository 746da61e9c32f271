// Saves the reply being written. The server counts it as its network does; in between, characters are added and taken off.
const [PAUSE, TOO_LONG] = [800, 20000];
const segmenter = new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" });
let timer = 0;
let pending = null;
let unsaved = null;
let saving = Promise.resolve();

const say = (event, detail) => document.dispatchEvent(new CustomEvent(event, { detail }));

async function post(form) {
  const body = new FormData(form);
  // Files have a way of their own.
  body.delete("file");
  // Asked for as a part of a page, the server says so when the session has ended, instead of showing the sign-in page.
  const headers = { Accept: "application/json", "HX-Request": "true", "X-Reader": document.body.dataset.reader };
  const signal = AbortSignal.timeout?.(TOO_LONG);
  return fetch(form.dataset.draftUrl, { method: "POST", body, headers, signal, keepalive: true, redirect: "error" });
}

// One after the other: of two on their way the older might come in last, and stay. Whoever leaves cannot wait, so what
// waits for its turn is still to be saved.
function save(form, isLate = false) {
  clearTimeout(timer);
  pending = form;
  const go = () => {
    if (pending !== form) return;
    pending = null;
    return send(form, isLate);
  };
  saving = document.hidden ? go() : saving.then(go);
  return saving;
}

async function send(form, isLate) {
  const output = form.querySelector("[data-draft-state]");
  output.dataset.state = "saving";
  try {
    const text = form.elements.body.value;
    const answer = await post(form);
    if (answer.status >= 500) throw new Error(answer.statusText);
    const said = await answer.json().catch(() => ({}));
    // Signed out, or signed in anew elsewhere, so that the token of this page is old: session.js knows what to do.
    if (answer.status === 401 || (answer.status === 403 && !said.problem && !isLate)) {
      output.dataset.state = "here";
      unsaved = form;
      say("session:over");
      return;
    }
    if (said.saved_at) say("text:saved", { field: form.elements.body, text });
    if (said.length) counted(form, text, said.length);
    if (said.length) threaded(form, said);
    if (said.conduct) judged(form, said.conduct);
    // Somebody else may hold the pen by now: then the text is safe, and its writer is told.
    const where = said.saved_at ? "[data-draft-stale]" : "[data-draft-problem]";
    if (said.problem) output.querySelector(where).textContent = said.problem;
    output.dataset.state = answer.ok ? "saved" : said.saved_at ? "kept" : "unsaved";
  } catch {
    output.dataset.state = "unsaved";
    unsaved = form;
    // A server whose database is away hears of nothing that comes back. What is typed meanwhile is saved anyway.
    if (!pending) timer = setTimeout(saveLate, AGAIN);
  }
}

// What could not be saved is, as soon as the server or the session is back.
const AGAIN = 10000;
function saveLate() {
  if (unsaved?.isConnected) save(unsaved, true);
  unsaved = null;
}

const characters = (text) => [...segmenter.segment(text.trim())].length;

function counted(form, text, { used, limit, unit }) {
  const output = form.querySelector("[data-counter]");
  if (!output) return;
  Object.assign(output.dataset, { used, limit, characters: characters(text) });
  output.querySelector("[data-most]").textContent = limit;
  output.querySelector("[data-bytes]").hidden = unit !== "bytes";
  count();
}

function threaded(form, { posts, posts_text: sentence }) {
  const hint = form.querySelector("[data-posts]");
  if (!hint) return;
  hint.textContent = sentence ?? "";
  form.querySelector("[data-make-thread]").hidden = !posts || form.elements.split.value !== "";
}

// What the policy says of the text, and therefore what can be done with it.
function judged(form, { html, must_ask: mustAsk, can_skip: canSkip }) {
  const place = form.querySelector("[data-conduct]");
  if (!place || form.elements.body.readOnly) return;
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  // Only what is new is read out.
  if (fresh.innerHTML !== place.innerHTML) place.replaceChildren(...fresh.childNodes);
  const show = { "[data-when-asking]": mustAsk, "[data-when-free]": !mustAsk, "[data-when-skipping]": canSkip };
  for (const [name, isShown] of Object.entries(show)) {
    for (const element of form.querySelectorAll(name)) element.hidden = !isShown;
  }
}

function count() {
  const output = document.querySelector("[data-draft-url] [data-counter]");
  if (!output) return;
  const here = characters(output.closest("form").elements.body.value);
  output.dataset.characters ??= here;
  const used = Number(output.dataset.used) + here - Number(output.dataset.characters);
  output.querySelector("[data-count]").textContent = used;
  const isThread = Boolean(output.closest("form").elements.split?.value);
  output.classList.toggle("is-over", !isThread && used > Number(output.dataset.limit));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-draft-url] :is(textarea, select)")) return;
  count();
  clearTimeout(timer);
  pending = event.target.form;
  timer = setTimeout(save, PAUSE, pending);
});

document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-make-thread]")) return;
  const choice = event.target.form.elements.split;
  choice.value = "plain";
  choice.dispatchEvent(new Event("input", { bubbles: true }));
  choice.focus();
});

// Nothing leaves the page, or changes who holds the pen, before the draft is safe. Sending carries the text itself.
document.addEventListener("htmx:confirm", (event) => {
  if (!pending || event.detail.elt.id === "thread") return;
  event.preventDefault();
  clearTimeout(timer);
  if (event.detail.elt === pending) pending = null;
  const first = pending ? save(pending) : Promise.resolve();
  first.then(() => event.detail.issueRequest());
});

// A tall composer would hide what stands in the way.
document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.id === "composer-notice") target.scrollIntoView({ block: "nearest" });
});

document.addEventListener("session:back", saveLate);
document.addEventListener("live:state", ({ detail: { state } }) => state === "live" && saveLate());
const saveNow = () => pending && save(pending);
document.addEventListener("focusout", saveNow);
document.addEventListener("visibilitychange", saveNow);
document.addEventListener("htmx:afterSettle", count);
count();
