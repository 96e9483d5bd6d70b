// Lengths and places as players show them.

/** `1:02:03`, or `2:03` below an hour. */
export function clock(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** What `clock` has told, in seconds. */
export function secondsOf(told) {
  return told.split(":").reduce((seconds, part) => seconds * 60 + Number(part), 0);
}
