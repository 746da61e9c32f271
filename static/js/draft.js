// Saves the reply being written, and counts its characters as its reader sees them.
const PAUSE = 800;
const segmenter = new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" });
let timer = 0;
let pending = null;

async function save(form) {
  clearTimeout(timer);
  pending = null;
  const output = form.querySelector("[data-draft-state]");
  output.dataset.state = "saving";
  try {
    const headers = { Accept: "application/json" };
    // A session that has ended leads to the sign-in page, which has saved nothing.
    const how = { method: "POST", body: new FormData(form), headers, keepalive: true, redirect: "error" };
    const answer = await fetch(form.dataset.draftUrl, how);
    const said = answer.ok ? {} : await answer.json().catch(() => ({}));
    if (said.problem) output.querySelector("[data-draft-problem]").textContent = said.problem;
    output.dataset.state = answer.ok ? "saved" : "unsaved";
  } catch {
    output.dataset.state = "unsaved";
  }
}

function count() {
  const text = document.querySelector("[data-draft-url] [data-limit]");
  if (!text) return;
  const length = [...segmenter.segment(text.value)].length;
  const output = document.querySelector("[data-count]");
  output.textContent = length;
  output.parentElement.classList.toggle("is-over", length > Number(text.dataset.limit));
}

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-draft-url] textarea")) return;
  count();
  clearTimeout(timer);
  pending = event.target.form;
  timer = setTimeout(save, PAUSE, pending);
});

// Nothing leaves the page, or changes who holds the pen, before the draft is safe. Sending carries the text itself.
document.addEventListener("htmx:confirm", (event) => {
  if (!pending || event.detail.elt.id === "thread") return;
  event.preventDefault();
  clearTimeout(timer);
  const first = event.detail.elt === pending ? Promise.resolve() : save(pending);
  pending = null;
  first.then(() => event.detail.issueRequest());
});

const saveNow = () => pending && save(pending);
document.addEventListener("focusout", saveNow);
document.addEventListener("visibilitychange", saveNow);
document.addEventListener("htmx:afterSettle", count);
count();
