// Keeps "2 min" true while a page stays open; the server writes the same words.
const units = document.body.dataset.units?.split("|");

function ago(moment) {
  const minutes = Math.floor((Date.now() - moment) / 60000);
  if (!units || minutes < 1) return null;
  const [unit, length] = minutes < 60 ? [0, 1] : minutes < 2880 ? [1, 60] : minutes < 1051200 ? [2, 1440] : [3, 525600];
  return units[unit].replace("%(n)d", Math.floor(minutes / length));
}

function update() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const text = ago(Date.parse(time.dateTime));
    if (text && time.textContent !== text) time.textContent = text;
  }
}

setInterval(update, 30000);
document.addEventListener("visibilitychange", update);
