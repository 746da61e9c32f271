// Attaches what is chosen, dropped or pasted at once; without this file a button does it.
const files = (transfer) => [...(transfer?.files ?? [])];

function attach(form, transfer) {
  const input = form.querySelector("[data-attach-file]");
  if (!input || !files(transfer).length) return false;
  input.files = transfer.files;
  form.querySelector("[data-attach-now]").click();
  return true;
}

const formOf = (event) => event.target.closest?.("[data-draft-url]");

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-attach-file]") || !event.target.files.length) return;
  event.target.form.querySelector("[data-attach-now]").click();
});

document.addEventListener("paste", (event) => {
  const form = formOf(event);
  // Programs put a picture of a text beside the text: then the text is meant.
  if (form && !event.clipboardData.types.includes("text/plain") && attach(form, event.clipboardData)) {
    event.preventDefault();
  }
});

document.addEventListener("dragover", (event) => {
  const form = formOf(event);
  if (!form?.querySelector("[data-attach-file]") || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  form.classList.add("is-dropping");
});

// What is attached changes what the policy says of the answer: saved anew, it is judged anew.
document.addEventListener("htmx:afterSettle", ({ detail: { target } }) => {
  if (target.id !== "composer-attachments") return;
  const body = document.querySelector("[data-draft-url]:has(#composer-attachments)")?.elements.body;
  body?.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("dragleave", (event) => formOf(event)?.classList.remove("is-dropping"));

document.addEventListener("drop", (event) => {
  const form = formOf(event);
  form?.classList.remove("is-dropping");
  if (form && attach(form, event.dataTransfer)) event.preventDefault();
});

document.documentElement.classList.add("has-script");
