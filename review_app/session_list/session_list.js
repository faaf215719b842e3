// Draws the rows that Python sends. Text from users is only ever set as text.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function address({ session, batch }, step) {
  const query = new URLSearchParams({ session, ...(batch ? { batch } : {}), ...(step ? { step } : {}) });
  return `replay?${query}`;
}

function link(className, row, step) {
  const made = element("a", className);
  made.href = address(row, step);
  made.addEventListener("click", (event) => {
    // A new tab or window is the browser's business.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    visit(made.href);
  });
  return made;
}

function confidence(row) {
  const box = row.step ? link("sure", row, row.step) : element("span", "sure");
  const meter = element("span", "meter");
  const bar = element("span", `bar ${row.level}`);
  bar.style.width = `${Math.round((row.sure ?? 0) * 100)}%`;
  meter.append(bar);
  box.append(meter, element("span", "number", row.sureText));
  box.title = row.sureHelp;
  box.setAttribute("aria-label", row.sureHelp);
  return box;
}

// Where it holds what was searched for, its words marked.
function excerpt(pieces) {
  const line = element("span", "excerpt");
  line.dir = "auto";
  line.append(...pieces.map(([text, hit]) => element(hit ? "mark" : "span", "", text)));
  return line;
}

function drawn(row) {
  const item = element("li", "row");
  const main = link("main", row, null);
  const opening = element("span", row.opening ? "opening" : "opening none", row.opening || "no message");
  opening.dir = "auto";
  main.append(opening);
  if (row.excerpt.length) main.append(excerpt(row.excerpt));
  const facts = element("span", "facts");
  facts.append(...row.facts.map((fact) => element("span", "fact", fact)));
  facts.append(...row.flags.map((flag) => element("span", "flag", flag)));
  facts.append(...(row.tags ?? []).map((tag) => element("span", "tag", tag)));
  main.append(facts);
  if (row.badges?.length) {
    const badges = element("span", "badges");
    badges.append(...row.badges.map((badge) => element("span", "badge", badge)));
    main.append(badges);
  }
  const review = element("span", "review");
  review.append(element("span", `status ${row.status.replace(" ", "-")}`, row.statusText));
  if (row.sureText === undefined) item.classList.add("short");
  item.append(...[main, row.sureText === undefined ? null : confidence(row), review].filter(Boolean));
  return item;
}

// The app follows the browser's history, so this opens the page without loading the app anew. (Its own
// way of switching pages leaves an entry between the two pages, where "back" shows neither.)
function visit(url) {
  window.history.pushState(null, "", url);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  const mains = [...event.currentTarget.querySelectorAll(".main")];
  const here = mains.findIndex((main) => main.closest(".row").contains(event.target));
  const next = mains[here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

// Decisions that a closed replay could not hand over, as its outbox keeps them: session -> how many.
const UNSAVED = "recorder:unsaved:";

function unsaved(annotator) {
  const counts = new Map();
  try {
    for (const key of Object.keys(localStorage).filter((each) => each.startsWith(UNSAVED))) {
      const [session, whose] = JSON.parse(key.slice(UNSAVED.length, key.lastIndexOf(":")));
      const count = JSON.parse(localStorage.getItem(key)).length;
      if (whose === annotator && count) counts.set(session, (counts.get(session) ?? 0) + count);
    }
  } catch {
    // no storage, or a stranger's entry: nothing that could be told
  }
  return counts;
}

function notice(counts) {
  const box = element("div", "unsaved");
  box.setAttribute("role", "alert");
  for (const [session, count] of counts) {
    const line = element("p", "", `Not saved yet: ${count} ${count === 1 ? "decision" : "decisions"} in `);
    const open = link("", { session }, null);
    open.textContent = session;
    line.append(open, ". Open it to save them.");
    box.append(line);
  }
  return box;
}

export default function ({ data, parentElement }) {
  parentElement.querySelector(".unsaved")?.remove();
  const counts = unsaved(data.annotator);
  if (counts.size) parentElement.prepend(notice(counts));
  const list = parentElement.querySelector("ul") ?? parentElement.appendChild(element("ul", "list"));
  list.setAttribute("aria-label", "Sessions");
  list.onkeydown = walk;
  list.replaceChildren(...data.rows.map(drawn));
}
