// Offers the reader's own time zone where a page asks for one and nothing was chosen yet.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const select of document.querySelectorAll("select[data-guess-time-zone]")) {
  const option = [...select.options].find((candidate) => candidate.value === zone);
  if (option && select.value === "UTC") option.selected = true;
}
