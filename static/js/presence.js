// Says who looks at the open conversation while it is looked at, and who writes; the server forgets it within a minute.
// session.js renews the token there.
const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" });
// Who only passes by is not here: a conversation is looked at when it stays for a moment.
const [STAYS, EVERY, WRITING_EVERY, WRITING_ENDS] = [700, 25000, 6000, 13000];
const tab = Math.random().toString(36).slice(2, 10);
let here = null;
// Where the server knows us to be.
let noted = null;
let wroteAt = 0;
let timer = 0;
let later = 0;
let staying = 0;
let beats = 0;

async function beat(told = {}) {
  clearTimeout(timer);
  const place = document.getElementById("here");
  if (!place || document.hidden) return;
  timer = setTimeout(() => beat(), EVERY);
  noted = place.dataset.hereUrl;
  const body = new URLSearchParams({ tab, ...told });
  const mine = ++beats;
  const answer = await fetch(place.dataset.hereUrl, { method: "POST", body, headers: headers() }).catch(() => null);
  if (answer?.status !== 200) return;
  const text = await answer.text();
  // Of two on their way the older may come last.
  if (mine !== beats) return;
  if (place.innerHTML !== text) place.innerHTML = text;
  clearTimeout(later);
  // Nobody says that they have stopped writing.
  if (place.querySelector("[data-writes]")) later = setTimeout(() => beat(), WRITING_ENDS);
}

function leave(address) {
  const body = new URLSearchParams({ tab, left: "1" });
  fetch(address, { method: "POST", body, headers: headers(), keepalive: true }).catch(() => {});
}

function look() {
  const address = document.getElementById("here")?.dataset.hereUrl ?? null;
  if (address === here) return;
  clearTimeout(staying);
  clearTimeout(timer);
  if (noted) leave(noted);
  here = address;
  noted = null;
  wroteAt = 0;
  if (here) staying = setTimeout(() => beat(), STAYS);
}

document.addEventListener("htmx:afterSettle", look);
document.addEventListener("live:here", ({ detail }) => {
  if (String(detail.conversation) === document.querySelector("article.conversation")?.dataset.conversation) beat();
});
// Who came, went or wrote before this browser listened is in no record.
document.addEventListener("live:state", ({ detail }) => detail.state === "live" && beat());
// What is told of what is being looked at is read at once.
for (const type of ["visibilitychange", "live:notification"]) document.addEventListener(type, () => beat());
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-draft-url] textarea") || Date.now() - wroteAt < WRITING_EVERY) return;
  wroteAt = Date.now();
  beat({ writing: "1" });
});
addEventListener("pagehide", () => noted && leave(noted));
look();
