// Counts the seconds down until an answer leaves. The server wrote the words; only their number changes here.
const ends = new WeakMap();

function tick() {
  for (const chip of document.querySelectorAll("[data-countdown]")) {
    if (!ends.has(chip)) ends.set(chip, performance.now() + Number(chip.dataset.countdown) * 1000);
    const left = Math.ceil((ends.get(chip) - performance.now()) / 1000);
    if (left > 0) {
      chip.textContent = chip.textContent.replace(/\d+/, left);
      continue;
    }
    delete chip.dataset.countdown;
    chip.textContent = chip.dataset.then;
    // Whoever is connected hears when it is out; whoever is not looks a moment later.
    setTimeout(() => window.htmx.trigger("#thread", "refresh"), 2000);
  }
}

setInterval(tick, 250);
