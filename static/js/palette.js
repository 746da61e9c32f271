// Choose one of many by typing: the departments of a decision, or whatever the page and the product offer.
const [WAIT, MOST_SHOWN, MOST_RECENT, FEW] = [150, 60, 6, 2];
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// What begins with what was typed is meant more likely than what only has it inside.
function rank(label, words) {
  const name = plain(label);
  if (!words.every((word) => name.includes(word))) return -1;
  return name.startsWith(words[0] ?? "") ? 0 : name.includes(` ${words[0]}`) ? 1 : 2;
}

function narrowed(items, text) {
  const words = plain(text).split(/\s+/).filter(Boolean);
  return items
    .map((item) => ({ item, place: item.isFound ? 3 : rank(item.label, words) }))
    .filter(({ place }) => place >= 0)
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)
    .slice(0, MOST_SHOWN);
}

function open({ title, hint, note, nothing, items, byDigit, more }) {
  const list = make("div", { role: "listbox", id: "palette-list", class: "palette-list", "aria-label": title });
  const box = make("input", {
    role: "combobox", type: "text", "aria-controls": "palette-list", "aria-expanded": "true", "aria-autocomplete": "list",
    "aria-label": title, placeholder: title, autocomplete: "off", autocapitalize: "none", spellcheck: "false",
  });
  const head = make("div", { class: "palette-head" }, box);
  const told = make("p", { class: "palette-note", role: "status" });
  const dialog = make("dialog", { class: "dialog palette", "aria-label": title }, head, list, told);
  let shown = [];
  let chosen = 0;

  const options = () => [...list.querySelectorAll("[role=option]")];
  function choose(place) {
    chosen = place;
    for (const [number, option] of options().entries()) option.ariaSelected = String(number === place);
    const option = options()[place];
    if (!option) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function draw() {
    const found = narrowed(items, box.value);
    const groups = Map.groupBy ? Map.groupBy(found, (item) => item.group) : found.reduce(
      (all, item) => all.set(item.group, [...(all.get(item.group) ?? []), item]), new Map());
    shown = [...groups.values()].flat();
    list.replaceChildren(...[...groups].map(([group, members]) => {
      const part = make("div", group ? { role: "group", "aria-label": group } : { role: "presentation" });
      if (group) part.append(make("p", { class: "palette-group", "aria-hidden": "true" }, group));
      for (const item of members) {
        const number = shown.indexOf(item);
        const option = make("div", { role: "option", id: `palette-${number}`, "aria-selected": "false" }, make("span", { dir: "auto" }, item.label));
        if (item.hint) option.append(make("span", { class: "muted small" }, item.hint));
        if (item.key) option.append(make("kbd", { class: "key", "aria-hidden": "true" }, item.key));
        if (byDigit && number < 9) option.append(make("kbd", { class: "key", "aria-hidden": "true" }, String(number + 1)));
        part.append(option);
      }
      return part;
    }));
    told.textContent = shown.length ? note ?? hint : nothing;
    choose(0);
  }
  function take(item) {
    if (!item) return;
    dialog.close();
    item.act();
  }

  box.addEventListener("input", () => {
    draw();
    more?.(box.value.trim(), (found) => {
      items = [...items.filter((item) => !item.isFound), ...found];
      const was = shown[chosen];
      draw();
      if (shown.includes(was)) choose(shown.indexOf(was));
    });
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) choose((chosen + step + shown.length) % shown.length);
    else if (event.key === "Enter") take(shown[chosen]);
    else if (byDigit && !box.value && /^[1-9]$/.test(event.key)) take(shown[event.key - 1]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) take(shown[options().indexOf(option)]);
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  box.focus();
}

// The department of a decision, or the reason why nobody answers; the choice is that of the form's own menu.
export async function pickFor(button) {
  const { form, dataset } = button;
  const { disposition, reason, department } = form.elements;
  const isReason = disposition.value === "no_response";
  const select = isReason ? reason : department;
  const choices = [...select.options].filter((option) => option.value).map((option) => [option.value, option.text]);
  let ordered = choices, note;
  if (!isReason) {
    // Nothing is put in another order under the hand: who does not hear of it in time takes the order of the menu.
    const answer = await fetch(dataset.lately, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout?.(1500) }).catch(() => null);
    if (answer?.ok) {
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      note = found.querySelector("p")?.textContent;
      ordered = [...found.querySelectorAll("li")].map((item) => [item.dataset.value, item.textContent]);
    }
  }
  if (!form.isConnected || document.querySelector("dialog[open]")) return;
  const take = (value) => {
    select.value = value;
    for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, { bubbles: true }));
    [...form.querySelectorAll("[name=disposition]")].find((radio) => radio.checked)?.focus();
  };
  const items = ordered.filter(([value]) => choices.some(([known]) => known === value))
    .map(([value, label]) => ({ label, group: "", act: () => take(value) }));
  const title = isReason ? dataset.reasonTitle : dataset.title;
  open({ title, hint: dataset.filter, note, nothing: dataset.nothing, items, byDigit: true });
}

const recentKey = `socialhub.recent.${document.body.dataset.reader}`;
function recent() {
  try {
    return JSON.parse(localStorage.getItem(recentKey)) ?? [];
  } catch {
    return [];
  }
}
function keepRecent(item) {
  const name = item.url ?? item.label;
  const list = [{ name, label: item.label }, ...recent().filter((each) => each.name !== name)].slice(0, MOST_RECENT);
  try {
    localStorage.setItem(recentKey, JSON.stringify(list));
  } catch {
    // No room: then it is not remembered, and done all the same.
  }
}

function nameOf(element) {
  if (element.ariaLabel) return element.ariaLabel;
  const source = element.labels?.[0] ?? element;
  const copy = source.cloneNode(true);
  copy.querySelectorAll("kbd, svg, .push").forEach((part) => part.remove());
  return copy.textContent.trim().replace(/\s+/g, " ");
}

function actionable() {
  const found = document.querySelectorAll(
    "[data-shortcut], [data-command], .conversation :is(.button, .menu-links a, details:not([open]) > summary):not(#thread *)");
  // What the menu of links holds is reached while it is closed.
  const seen = (element) => element.closest(".menu-links")?.parentElement.firstElementChild ?? element;
  const isThere = (element) => element.closest(".undo") || (seen(element).checkVisibility() && !element.closest("dialog"));
  return [...new Set(found)].filter(isThere);
}

function actions(group, use) {
  return actionable().map((element) => {
    const key = element.dataset.shortcut ?? document.querySelector(`#keys [data-key-of="${element.dataset.command}"]`)?.textContent;
    const label = nameOf(element);
    // What is meant may have been printed anew while the choice was open.
    const act = () => {
      const current = element.isConnected ? element : actionable().find((each) => nameOf(each) === label);
      if (current) use(current);
    };
    return { label, group, key, act };
  }).filter((item) => item.label);
}

const places = (found, isFound) => [...found.querySelectorAll("[data-group] a")].map((link) => ({
  label: link.firstElementChild.textContent.trim(),
  hint: link.children[1]?.textContent.trim(),
  group: link.closest("[data-group]").dataset.group,
  url: link.getAttribute("href"),
  isFound,
}));

async function ask(address, signal) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal });
  return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
}

export async function openCommands(address, use) {
  const found = await ask(address).catch(() => null);
  if (!found) return location.assign(address);
  if (document.querySelector("dialog[open]")) return;
  const { title, hint, nothing, actions: doing, recent: lately } = found.querySelector("[data-go]").dataset;
  const complete = (item) => {
    const act = item.act ?? (() => location.assign(item.url));
    return { ...item, act: () => (keepRecent(item), act()) };
  };
  const all = [...actions(doing, use), ...places(found)].map(complete);
  const known = new Map(all.map((item) => [item.url ?? item.label, item]));
  const again = recent().map(({ name, label }) => {
    const item = known.get(name) ?? (name.startsWith("/") ? complete({ label, url: name }) : null);
    return item && { ...item, group: lately };
  }).filter(Boolean);
  let timer, asking;
  const more = (text, show) => {
    clearTimeout(timer);
    asking?.abort();
    if (text.length < FEW) return show([]);
    timer = setTimeout(async () => {
      asking = new AbortController();
      const answer = await ask(`${address}?q=${encodeURIComponent(text)}`, asking.signal).catch(() => null);
      if (answer) show(places(answer, true).map(complete));
    }, WAIT);
  };
  const names = new Set(again.map((item) => item.url ?? item.label));
  open({ title, hint, nothing, items: [...again, ...all.filter((item) => !names.has(item.url ?? item.label))], more });
}
