// Two people wrote in one cue: what both changed of the same text is brought together word by word.

const MOST_COMPARED = 250_000;

export function plain(text) {
  return text.split(/\s+/u).filter(Boolean).join(" ");
}

/** The text with both changes; null where they concern the same words. */
export function merged(base, mine, theirs) {
  if (mine === base || mine === theirs) return theirs;
  if (theirs === base) return mine;
  if (!mine || !theirs) return null;
  const words = base.split(" ");
  const changes = [changesOf(words, mine.split(" ")), changesOf(words, theirs.split(" "))];
  if (!changes[0] || !changes[1]) return null;
  const all = changes.flat().sort((one, other) => one.start - other.start || one.stop - other.stop);
  for (let place = 1; place < all.length; place++) {
    const [before, after] = [all[place - 1], all[place]];
    if (after.start < before.stop || (after.start === before.start && after.start === before.stop)) return null;
  }
  const parts = [];
  let done = 0;
  for (const { start, stop, words: written } of all) {
    parts.push(...words.slice(done, start), ...written);
    done = stop;
  }
  return [...parts, ...words.slice(done)].join(" ");
}

/** Which words `[start, stop)` of `before` others took the place of; null if that is too much to find out. */
function changesOf(before, after) {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const old = before.slice(head, before.length - tail);
  const now = after.slice(head, after.length - tail);
  if (old.length * now.length > MOST_COMPARED) return null;
  return between(old, now, longest(old, now), head);
}

/** How many words two texts have in common from each pair of places on, in the same order. */
function longest(old, now) {
  const table = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      table[i][j] = old[i] === now[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}

function between(old, now, table, offset) {
  const found = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++;
      j++;
      continue;
    }
    const change = { start: offset + i, stop: offset + i, words: [] };
    while ((i < old.length || j < now.length) && !(i < old.length && j < now.length && old[i] === now[j])) {
      if (j >= now.length || (i < old.length && table[i + 1][j] >= table[i][j + 1])) {
        i++;
        change.stop++;
      } else change.words.push(now[j++]);
    }
    found.push(change);
  }
  return found;
}
