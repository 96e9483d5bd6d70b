// What a subtitle check would find fault with, while one types. The rules and limits are those of the server's
// own check (`pipelines/subtitles/checking.py`); the limits come with the page.

const NOTHING_WIDE = /[\p{Mn}\p{Me}\p{Cf}]/u;
const TWICE_AS_WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;

function width(text) {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return Array.from(text).reduce((sum, sign) => sum + (NOTHING_WIDE.test(sign) ? 0 : TWICE_AS_WIDE.test(sign) ? 2 : 1), 0);
}

/** As many words on each line as fit. */
function linesOf(text, most) {
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && width(longer) <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * Faults of a cue `{ text, start, end }` between its neighbours, times in milliseconds. `mild`: it is seen to when
 * subtitles are made, by cutting the cue in two.
 */
export function faultsOf(cue, previous, next, limits) {
  const found = [];
  const tell = (kind, value, limit, mild = false) => found.push({ kind, value, limit, mild });
  const lines = linesOf(cue.text, limits.line);
  const widths = lines.map(width);
  const widest = Math.max(...widths);
  if (lines.length > limits.lines) tell("lines", lines.length, limits.lines, true);
  if (widest > limits.line) tell("lineTooLong", widest, limits.line, true);
  const lasts = cue.end - cue.start;
  // It may stay on until the next one comes.
  const room = next ? next.start - limits.gap - cue.start : Infinity;
  const stands = Math.max(lasts, Math.min(room, limits.longest));
  if (stands < limits.shortest) tell("tooShort", stands / 1000, limits.shortest / 1000);
  if (lasts > limits.longest) tell("tooLong", lasts / 1000, limits.longest / 1000, true);
  const speed = (1000 * widths.reduce((sum, one) => sum + one, 0)) / Math.max(1, stands, lasts > limits.longest ? lasts : 0);
  if (speed > limits.speed) tell("tooFast", speed, limits.speed);
  if (previous && cue.start < previous.end) tell("overlap", 0, 0);
  return found;
}
