// What a job tells as it happens, heard to its end.
import { followEvents } from "./events.js";

// All, also those that nobody acts on: the last one heard says what is still to be told. `error`: a job's failure,
// after which it may have been tried again.
const KINDS = ["state", "progress", "warning", "delta", "segment", "completed", "error"];

/** `hear`: by the kind of event, what to do with its data. `ended`: when everything was told. `away(is)`: the line. */
export function followJob(address, after, { hear, ended, away }) {
  let last = after;

  /** Whether it is new: what was heard already is not told again, wherever the server begins. */
  function isNew({ lastEventId }) {
    const id = Number(lastEventId);
    if (id <= last) return false;
    last = id;
    return true;
  }

  const take = (kind) => (event) => isNew(event) && hear[kind]?.(JSON.parse(event.data));
  followEvents(() => `${address}?after=${last}`, { hear: Object.fromEntries(KINDS.map((kind) => [kind, take(kind)])), ended, away });
}
