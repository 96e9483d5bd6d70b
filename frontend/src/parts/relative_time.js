// `<time datetime="…" data-relative>`: how long ago, in the page's language; the exact time stays as its title.

const STEPS = [["second", 60], ["minute", 60], ["hour", 24], ["day", 7], ["week", 4.35], ["month", 12], ["year", Infinity]];

export function relative(moment, now = Date.now(), language = document.documentElement.lang) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" });
  let amount = (moment - now) / 1000;
  for (const [unit, most] of STEPS) {
    if (Math.abs(Math.round(amount)) < most) return words.format(Math.round(amount), unit);
    amount /= most;
  }
  return "";
}

export function tellTimes(within = document) {
  for (const time of within.querySelectorAll("time[data-relative]")) {
    if (!time.title) time.title = time.textContent.trim();
    time.textContent = relative(Date.parse(time.dateTime));
  }
}

tellTimes();
setInterval(tellTimes, 30_000);
