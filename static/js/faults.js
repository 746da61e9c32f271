// What is on its way is marked where it will stand; what fails says so there, and is asked for again at a press.
const TOO_LONG = 20000;
// These hold what one asks for. What stands elsewhere is kept when a request fails, and a notice tells.
const REGIONS = "#conversation, .fold-body, .note-form, .rows-way, .composer-answers, .author-part, [data-region]";
const asked = new WeakMap();
const isOwnAccord = ({ requestConfig }) => requestConfig.triggeringEvent?.type === "refresh";

function causeOf(type, status) {
  if (!navigator.onLine) return "offline";
  if (type === "htmx:timeout" || !status) return "silent";
  return { 401: "signed-out", 403: "forbidden", 404: "gone", 410: "gone", 429: "busy" }[status] ?? "broken";
}

const isTouched = (region) =>
  [...region.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue);

function showFault(target, cause, request) {
  const fault = document.getElementById("region-fault").content.cloneNode(true);
  for (const part of fault.querySelectorAll("[data-cause]")) {
    if (!part.dataset.cause.split(" ").includes(cause)) part.remove();
  }
  // On a phone the place may not be on screen.
  const place = target.checkVisibility() ? target : document.getElementById("messages");
  place.replaceChildren(fault);
  asked.set(place.firstElementChild, request);
}

function again(box) {
  const { elt, path, target } = asked.get(box) ?? {};
  if (!target?.isConnected) return;
  if (target.contains(box)) box.querySelector("[data-retry]")?.setAttribute("disabled", "");
  else box.remove();
  window.htmx.ajax("GET", path, elt.isConnected ? { source: elt, target } : { target });
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.requestConfig.verb !== "get") return;
  detail.xhr.timeout = TOO_LONG;
  if (!isOwnAccord(detail)) detail.target?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.target?.removeAttribute("aria-busy"));

for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, ({ detail }) => {
    const { elt, target, xhr, requestConfig } = detail;
    if (target?.matches(".row") && xhr?.status === 404) return;
    if (requestConfig.verb === "get") {
      // The light in the head says that the connection is away; live-page.js asks for all again.
      if (isOwnAccord(detail) && (!xhr?.status || xhr.status >= 500)) return;
      if (target?.matches(REGIONS) && !isTouched(target)) {
        showFault(target, causeOf(type, xhr?.status), { elt, target, path: requestConfig.path });
        return;
      }
    }
    // session.js says the one, and the other stands where its form says.
    const isRefused = requestConfig.elt.closest("[data-refusal-target]") && xhr?.responseText.includes("data-refusal");
    if (xhr?.status === 401 || isRefused) return;
    const text = document.getElementById("fault")?.content.cloneNode(true);
    // Without an answer nobody knows what the server has done; what only looks does nothing.
    const isKnown = xhr?.status || requestConfig.verb === "get";
    text?.querySelector(`[data-cause=${isKnown ? "silent" : "broken"}]`).remove();
    if (text) document.getElementById("messages").replaceChildren(text);
  });
}

document.addEventListener("click", ({ target }) => target.matches("[data-retry]") && again(target.closest(".region-fault")));
const allAgain = (causes) => {
  for (const box of document.querySelectorAll(`.region-fault:is(${causes})`)) again(box);
};
addEventListener("online", () => allAgain(":has([data-cause~=offline])"));
document.addEventListener("session:back", () => allAgain(":has([data-cause~=signed-out])"));
