// `<time datetime="…" data-relative>`: how long ago, in the page's language, kept up to date; the exact time is its title.

// As `Formats.ago` has it, so that what the server wrote stays as it is.
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
const ENOUGH_OF_A_UNIT = 0.85;

export function relative(moment, now = Date.now(), language = document.documentElement.lang) {
  const seconds = (moment - now) / 1000;
  const [unit, length] = UNITS.find(([name, length]) => Math.abs(seconds) / length >= ENOUGH_OF_A_UNIT || name === "second");
  const words = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "long" });
  return words.format(Math.sign(seconds) * Math.round(Math.abs(seconds) / length), unit);
}

export function tellTimes(within = document) {
  for (const time of within.querySelectorAll("time[data-relative]")) {
    const told = relative(Date.parse(time.dateTime));
    if (time.textContent !== told) time.textContent = told;
  }
}

tellTimes();
setInterval(tellTimes, 30_000);
