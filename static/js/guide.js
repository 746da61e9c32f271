// The guide is walked with single keys while the focus is in it. What is pressed while an answer is on its way waits.
const isOn = () => localStorage.getItem("socialhub.shortcuts") !== "off";
const waiting = [];
let isUnderway = false;

function buttonFor(key, place) {
  const guide = document.querySelector("[data-guide]");
  const part = place?.isConnected ? place : guide?.querySelector("[data-guide-now]");
  const answer = part?.querySelector(`[data-guide-key="${CSS.escape(key)}"]`);
  return answer ?? (["Backspace", "u"].includes(key) ? guide?.querySelector("[data-guide-back]") : null);
}

// Underway from the press on: the request itself may begin a moment later.
function press(key, place) {
  const button = buttonFor(key, place);
  isUnderway = Boolean(button);
  button?.click();
}

// Before the shortcuts of the page: in the guide every letter and digit is the guide's own. While its next
// question comes in, the focus is nowhere for a moment: what is pressed then is meant for the guide too.
document.addEventListener("keydown", (event) => {
  const isBetween = isUnderway && event.target === document.body;
  const guide = isBetween ? document.querySelector("[data-guide]") : event.target.closest("[data-guide]");
  if (!guide || !isOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") {
    guide.closest("form").querySelector("input[type=radio]:checked, input[type=radio]").focus();
  } else if (/^([a-z0-9]|Backspace)$/.test(event.key)) {
    // Opened a moment ago, and not asked for yet.
    isUnderway ||= guide.open && guide.matches("[hx-post]:not([data-unanswered])");
    if (isUnderway) waiting.push(event.key);
    else press(event.key, event.target.closest(".guide-step[open]"));
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

const isOurs = ({ detail }) => detail.requestConfig?.elt.closest("[data-guide]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isOurs(event)) isUnderway = true;
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!isOurs(event)) return;
  // Not within the answer itself: until htmx has done with it, the form drops whatever else is asked.
  setTimeout(() => {
    isUnderway = false;
    while (waiting.length && !isUnderway) press(waiting.shift());
  });
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!isOurs(event) || event.detail.successful) return;
  isUnderway = false;
  waiting.length = 0;
  document.querySelector("[data-guide]")?.setAttribute("data-unanswered", "");
});

// Whoever keeps it open finds it open at the next conversation.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches("[data-guide]")) return;
  document.cookie = `guide=${target.open ? "open" : ""}; Path=/; SameSite=Lax; Max-Age=${target.open ? 31536000 : 0}`;
}, true);
