// Saves the reply being written, and counts its characters as its reader sees them.
const PAUSE = 800;
const segmenter = new Intl.Segmenter(document.documentElement.lang, { granularity: "grapheme" });
let timer = 0;
let pending = null;

function show(form, state, problem = "") {
  const output = form.querySelector("[data-draft-state]");
  output.dataset.state = state;
  if (problem) output.querySelector("[data-draft-problem]").textContent = problem;
}

async function save(form) {
  clearTimeout(timer);
  pending = null;
  show(form, "saving");
  try {
    const answer = await fetch(form.dataset.draftUrl, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      keepalive: true,
    });
    const said = await answer.json().catch(() => ({}));
    show(form, answer.ok ? "saved" : "unsaved", said.detail);
  } catch {
    show(form, "unsaved");
  }
}

function count(text) {
  const output = document.querySelector("[data-count]");
  if (!output || !text.dataset.limit) return;
  const length = [...segmenter.segment(text.value)].length;
  output.textContent = length;
  output.parentElement.classList.toggle("is-over", length > Number(text.dataset.limit));
}

const countOpen = () => {
  const text = document.querySelector("[data-draft-url] textarea");
  if (text) count(text);
};

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-draft-url]");
  if (!form || !event.target.matches("textarea")) return;
  count(event.target);
  clearTimeout(timer);
  pending = form;
  timer = setTimeout(save, PAUSE, form);
});

// Nothing may leave the page, or change who holds the pen, before the draft is safe.
document.addEventListener("htmx:confirm", (event) => {
  if (!pending || event.detail.elt === document.getElementById("thread")) return;
  event.preventDefault();
  if (event.detail.elt === pending) {
    clearTimeout(timer);
    pending = null;
    event.detail.issueRequest();
  } else {
    save(pending).finally(() => event.detail.issueRequest());
  }
});

const saveNow = () => pending && save(pending);
document.addEventListener("focusout", (event) => event.target.matches("[data-draft-url] textarea") && saveNow());
document.addEventListener("visibilitychange", () => document.hidden && saveNow());
document.addEventListener("htmx:afterSettle", countOpen);
countOpen();
