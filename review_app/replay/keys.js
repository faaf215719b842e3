// One registry of keys: what they are called, what they do. R and C belong to Streamlit.

const COMMANDS = [
  { id: "yes", keys: ["1"], group: "Answer", label: "Yes, this is correct" },
  { id: "wrongAction", keys: ["2"], group: "Answer", label: "The action is wrong: choose another" },
  { id: "wrongIntent", keys: ["3"], group: "Answer", label: "The intent is wrong: choose another" },
  { id: "unsure", keys: ["m"], group: "Answer", label: "Unsure: cannot tell" },
  { id: "skip", keys: ["0"], group: "Answer", label: "Skip: leave it to others" },
  { id: "confirmRest", keys: ["a"], group: "Answer", label: "Confirm all the rest" },

  { id: "entities", keys: ["e"], group: "Correct", label: "Entities of the message" },
  { id: "slots", keys: ["v"], group: "Correct", label: "Value of a slot" },
  { id: "insert", keys: ["i"], group: "Correct", label: "Insert a missing action before this one" },
  { id: "remove", keys: ["d"], group: "Correct", label: "Remove this needless action" },
  { id: "cut", keys: ["x"], group: "Correct", label: "Cut here: drop the rest of the episode" },
  { id: "keepRest", keys: ["t"], group: "Correct", label: "The rest still holds" },
  { id: "undo", keys: ["u"], group: "Correct", label: "Undo" },
  { id: "redo", keys: ["y", "Shift+u"], group: "Correct", label: "Redo" },
  { id: "note", keys: ["n"], group: "Correct", label: "Note" },
  { id: "flag", keys: ["f"], group: "Correct", label: "Flag" },

  { id: "forward", keys: ["ArrowRight", "j"], group: "Move", label: "Forward, without deciding" },
  { id: "back", keys: ["ArrowLeft", "k"], group: "Move", label: "Back" },
  { id: "nextOpen", keys: ["l"], group: "Move", label: "Next undecided" },
  { id: "first", keys: ["Home"], group: "Move", label: "First" },
  { id: "last", keys: ["End"], group: "Move", label: "Last" },

  { id: "submit", keys: ["Enter", "Ctrl+Enter"], group: "Session", label: "Submit the review" },
  { id: "reopen", keys: ["o"], group: "Session", label: "Reopen a submitted review" },
  { id: "nextSession", keys: ["g"], group: "Session", label: "Next session" },
  { id: "later", keys: ["Shift+l"], group: "Session", label: "Later: put it at the end of your queue" },
  { id: "skipSession", keys: ["Shift+s"], group: "Session", label: "Skip the session: leave it to others" },
  { id: "guidelines", keys: ["w"], group: "Session", label: "Guidelines of the batch" },
  { id: "comment", keys: ["q"], group: "Session", label: "Comment: others see it; @name tells somebody" },
  { id: "comments", keys: ["Shift+q"], group: "Session", label: "All comments" },
  { id: "tag", keys: ["b"], group: "Session", label: "Tag the session" },
  { id: "help", keys: ["h", "?"], group: "Session", label: "This sheet" },
];

const REPEATABLE = new Set(["forward", "back"]); // a held key may move, never decide
const LOOKING = new Set(["forward", "back", "nextOpen", "first", "last", "nextSession", "guidelines", "comments", "help"]); // what anybody may do
const BY_KEY = new Map(COMMANDS.flatMap((command) => command.keys.map((key) => [key, command])));
const KEY_OF = Object.fromEntries(COMMANDS.map(({ id, keys }) => [id, keycap(keys[0])]));

/** The registry's name of a key press: "1", "u", "Shift+u", "Ctrl+Enter"; "" for what is none of ours. */
function keyName(event) {
  if (event.altKey || event.isComposing) return "";
  let key = event.key;
  if (/^\p{L}$/u.test(key)) {
    // Other scripts: go by the place of the key, as its print says on a Latin keyboard.
    if (!/^[a-z]$/i.test(key)) key = /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : key;
    key = (event.shiftKey ? "Shift+" : "") + key.toLowerCase();
  }
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + key;
}

/** The element that has the focus, also inside shadow roots. */
function focused() {
  let node = document.activeElement;
  while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
  return node;
}

/** Whether a key press belongs to the element that has the focus. */
function isTyping(node, key) {
  if (!node || node === document.body) return false;
  if (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)) return true;
  if (node.closest?.("dialog, [role=dialog]")) return true;
  return key === "Enter" && /^(BUTTON|A|SUMMARY)$/.test(node.tagName);
}
