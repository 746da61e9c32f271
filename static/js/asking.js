// Writing “@” and the beginning of a name in a note offers those who can be asked; choosing one asks them.
const MOST = 6;

function beginning(text) {
  return /(?:^|\s)@([^\s@][^@\n]{0,40})?$/u.exec(text.value.slice(0, text.selectionStart));
}

function offer(text) {
  const list = text.form.querySelector("[data-asking-found]");
  const found = beginning(text);
  const sought = (found?.[1] ?? "").toLowerCase();
  const fits = (option) => option.value && option.text.toLowerCase().split(" ").some((word, place, words) =>
    words.slice(place).join(" ").startsWith(sought));
  const options = found ? [...text.form.elements.ask.options].filter(fits).slice(0, MOST) : [];
  list.replaceChildren(...options.map((option) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: option.text });
    button.className = "button button-small";
    button.dataset.ask = option.value;
    const item = document.createElement("li");
    item.append(button);
    return item;
  }));
  list.hidden = !options.length;
}

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-asking] textarea")) offer(event.target);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask]");
  if (!button) return;
  const form = button.closest("form");
  const text = form.querySelector("textarea");
  const written = beginning(text)?.[1]?.length ?? 0;
  text.setRangeText(`${button.textContent} `, text.selectionStart - written, text.selectionStart, "end");
  form.elements.ask.value = button.dataset.ask;
  button.closest("ul").hidden = true;
  text.focus();
});
