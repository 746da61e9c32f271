// A session that has ended elsewhere takes nothing away that was typed here: a notice says so, and leads to signing in.
const { liveUrl: url, reader } = document.body.dataset;
let isOver = false;

const token = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";

// Signing in again changes the token; the page still holds the old one.
function renewTokens() {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token() }));
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token();
}

// Undefined where the server does not say.
async function isBack() {
  const answer = await fetch(url, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 403) return false;
  if (answer?.status !== 204) return undefined;
  const isOurs = answer.headers.get("x-reader") === reader;
  if (isOurs) renewTokens();
  return isOurs;
}

async function look() {
  if (!isOver || !(await isBack()) || !isOver) return;
  isOver = false;
  document.getElementById("session").replaceChildren();
  document.dispatchEvent(new CustomEvent("session:back"));
}

async function end() {
  if (isOver) return;
  isOver = true;
  // Who has signed in again elsewhere only needs the new token.
  await look();
  const notice = isOver && document.getElementById("signed-out")?.content.cloneNode(true);
  if (notice) document.getElementById("session").replaceChildren(notice);
}

// A form that would be answered with the sign-in page takes what was typed with it: it waits here until one is back.
const FILLED_IN = "textarea, select, input:not([type=hidden])";
let asking, sure;
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (!url || form === sure || form.method !== "post" || form.matches("[hx-post]") || !form.querySelector(FILLED_IN)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (asking) return;
  asking = form;
  const isHere = await isBack();
  asking = undefined;
  if (isHere === false) return void end();
  sure = form;
  form.requestSubmit(submitter);
  sure = undefined;
}, true);

document.addEventListener("session:over", end);
document.addEventListener("live:state", ({ detail: { state } }) => (state === "signed-out" ? end() : look()));
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => xhr.status === 401 && end());
document.addEventListener("visibilitychange", look);
addEventListener("focus", look);
// Any page on which somebody signs in again speaks up here.
if (url) new BroadcastChannel(`socialhub.live.${reader}`).addEventListener("message", ({ data }) => data.isNew && look());
