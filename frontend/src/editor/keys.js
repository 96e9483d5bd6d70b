// What a key does: in the text, and on a cue when one does not type.

const WHILE_TYPING = { Enter: "split", Escape: "leave", ArrowUp: "lineUp", ArrowDown: "lineDown" };
const WHILE_MOVING = {
  " ": "play", ArrowUp: "previous", ArrowDown: "next", ArrowLeft: "back", ArrowRight: "forth", Enter: "write", "?": "help", Home: "first", End: "last",
};
const WITH_CONTROL = {
  ".": "nextDoubt", ",": "previousDoubt", Enter: "acceptAndGo", z: "undo", y: "redo", h: "find", " ": "play",
};

/** The name of the deed; undefined for a key that is the browser's. */
export function deedOf(event, isTyping) {
  if (event.isComposing || event.altKey) return undefined;
  if (event.ctrlKey || event.metaKey) {
    const deed = WITH_CONTROL[event.key.toLowerCase()];
    return deed === "undo" && event.shiftKey ? "redo" : deed;
  }
  return (isTyping ? WHILE_TYPING : WHILE_MOVING)[event.key];
}
