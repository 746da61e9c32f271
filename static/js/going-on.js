// An act that ends the work on a conversation goes on before the server has answered, where the next one waits ready.
// What was left is kept whole until the answer: a refusal brings it back as it was, or says so to whoever is busy by then.
const [REFUSALS, SLOW] = [[403, 409, 422], 1000];
const find = (selector) => document.querySelector(selector);
const pane = () => find("#conversation");
// In a tree of its own: names of parts are those of what is open, while htmx still finds whom its answer is for.
const shelf = document.body.appendChild(Object.assign(document.createElement("div"), { hidden: true })).attachShadow({ mode: "closed" });
const left = new Map();
let underway, waiting, isUnwanted;
const isOnShelf = (one) => one?.article.parentNode === shelf;

// What would be asked about is not gone on from: a departure from what was suggested, a part that is missing.
const isChanged = (field) => {
  if (field.matches("select")) return ![...field.options].every((option) => option.selected === option.defaultSelected);
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
};
function isWhole(form, given) {
  if (!form.matches(".decision-form") || given.departure) return true;
  const suggested = form.dataset.suggested?.split(" ") ?? [];
  if (form.querySelector(".departure, [aria-invalid=true]")) return false;
  if ([...form.elements].some((field) => suggested.includes(field.name) && isChanged(field))) return false;
  return given.disposition === "no_response" ? Boolean(given.reason) : Boolean(given.department && given.visibility);
}

// "Undo" means what was done last, also before that is answered or even sent.
function meansUndo(act) {
  const wish = Object.assign(document.createElement("button"), { hidden: true, onclick: act });
  wish.dataset.shortcut = find("#keys [data-key-of=undo]").textContent;
  find("#toast").prepend(wish);
  return wish;
}

document.addEventListener("htmx:beforeSend", ({ detail: { requestConfig, xhr } }) => {
  const { elt, headers, parameters, target, verb } = requestConfig;
  // Behind the sending: it goes first, what is painted after it.
  if (headers["Goes-On"] && isWhole(elt, parameters)) queueMicrotask(() => leave(elt, xhr));
  if (verb !== "post" || target?.id !== "conversation" || elt.matches(".undo")) return;
  isUnwanted = false;
  const wish = meansUndo(() => (isUnwanted = true));
  xhr.addEventListener("loadend", () => wish.remove());
});
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (!isUnwanted || !elt.matches(".toast")) return;
  isUnwanted = false;
  elt.querySelector(".undo")?.requestSubmit();
});

function leave(form, xhr) {
  const article = form.closest("article.conversation");
  if (article?.parentNode !== pane()) return;
  const pk = article.dataset.conversation;
  // The address follows what is shown only once it is painted.
  const href = find(`#row-${pk} > .row-link`)?.href ?? location.href;
  const one = { pk, form, article, href, since: Date.now() };
  const took = () => {
    one.place = article.querySelector(".conversation-stream").scrollTop;
    shelf.append(article);
  };
  if (document.dispatchEvent(new CustomEvent("flow:leave", { cancelable: true, detail: { took } }))) return;
  one.answered = new Promise((done) => (one.done = done));
  underway = one;
  // Of a form that was printed anew meanwhile, htmx says nothing.
  xhr.addEventListener("loadend", () => end(one, xhr.status));
  find(`#row-${one.pk}`)?.classList.add("is-done");
  // What was done before that is not what "undo" means any more.
  find("#toast .toast")?.remove();
}

// One after another, in the order in which they were done.
document.addEventListener("htmx:confirm", (event) => {
  const { elt, issueRequest } = event.detail;
  if (!underway || !elt.matches("[data-goes-on]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waiting === elt) return;
  waiting = elt;
  // What is renewed meanwhile would take it away, and with it what was decided.
  elt.dataset.touched = "";
  const wish = meansUndo(() => {
    waiting = undefined;
    stop();
  });
  const stop = () => {
    wish.remove();
    delete elt.dataset.touched;
  };
  underway.answered.then(() => {
    stop();
    if (waiting !== elt) return;
    waiting = undefined;
    issueRequest(true);
  });
});

// Who has gone on working is not torn away: keys meant for one conversation would reach another.
for (const type of ["keydown", "pointerdown", "input"]) {
  document.addEventListener(type, () => underway && (underway.isBusy = true), true);
}

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig } = event.detail;
  const one = underway;
  if (requestConfig.elt !== one?.form || !isOnShelf(one) || xhr.status < 400) return;
  if (!one.isBusy) return comeBack(one);
  if (!REFUSALS.includes(xhr.status)) return;
  event.preventDefault();
  one.refusal = xhr;
});

// The sentence and the way back are for the page, not for the tree in which the form waited.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // What was asked for before it was left is asked for again when it is back: as it was left, it keeps its form.
  if (detail.target?.getRootNode() === shelf) detail.shouldSwap = false;
  if (detail.requestConfig?.elt !== underway?.form || !isOnShelf(underway)) return;
  detail.shouldSwap = false;
  const toast = find("#toast");
  if (detail.xhr.status < 400) place(toast, detail.xhr, { swapStyle: "none" });
});

function end(one, status) {
  underway = undefined;
  if (isOnShelf(one)) {
    if (status >= 200 && status < 400) one.article.remove();
    else if (one.isBusy) tell(one);
    else comeBack(one);
  }
  one.done();
}

function comeBack(one) {
  left.delete(one.pk);
  document.dispatchEvent(new CustomEvent("flow:back"));
  pane().replaceChildren(one.article);
  one.article.querySelector(".conversation-stream").scrollTop = one.place;
  find(`#row-${one.pk}`)?.classList.remove("is-done");
  history.replaceState({ htmx: true }, "", one.href);
  window.htmx.trigger(document.body, "htmx:pushedIntoHistory", { path: one.href });
  window.htmx.trigger(pane(), "htmx:afterSettle", { target: pane() });
  window.htmx.trigger("#thread", "refresh");
  const { refusal, form } = one;
  if (!refusal) return;
  const whole = refusal.status === 422 && form.dataset.invalidTarget;
  place(find(whole || form.dataset.refusalTarget), refusal, { swapStyle: whole ? "outerHTML" : "innerHTML" }, whole || undefined);
}

function place(target, xhr, how, select) {
  const eventInfo = { target, elt: target, xhr, successful: xhr.status < 400 };
  window.htmx.swap(target, xhr.responseText, { swapDelay: 0, settleDelay: 0, ...how }, { eventInfo, select });
}

function tell(one) {
  left.set(one.pk, one);
  find(`#row-${one.pk}`)?.classList.remove("is-done");
  const told = find("#not-carried-out").content.cloneNode(true);
  told.querySelector("[data-name]").textContent = one.article.querySelector("#conversation-title").textContent.trim();
  const link = told.querySelector("a");
  link.href = one.href;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    link.closest(".notice").remove();
    if (left.has(one.pk)) comeBack(one);
  });
  find("#messages").replaceChildren(told);
}

// By whatever way one comes to it, it is as it was left.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  const pk = elt.matches?.(".row-link") && elt.parentElement.dataset.conversation;
  const one = left.get(pk) ?? (isOnShelf(underway) && underway.pk === pk ? underway : null);
  if (!one || !pane()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  comeBack(one);
});

addEventListener("beforeunload", (event) => {
  if (left.size || (underway && Date.now() - underway.since > SLOW)) event.preventDefault();
});
