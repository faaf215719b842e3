// Draws the rows that Python sends. Text from users is only ever set as text.

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function address(session, step) {
  const query = new URLSearchParams(step ? { session, step } : { session });
  return `replay?${query}`;
}

function link(className, row, step) {
  const made = element("a", className);
  made.href = address(row.session, step);
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

function drawn(row) {
  const item = element("li", "row");
  const main = link("main", row, null);
  const opening = element("span", row.opening ? "opening" : "opening none", row.opening || "no message");
  opening.dir = "auto";
  main.append(opening);
  const facts = element("span", "facts");
  facts.append(...row.facts.map((fact) => element("span", "fact", fact)));
  facts.append(...row.flags.map((flag) => element("span", "flag", flag)));
  main.append(facts);
  const review = element("span", "review");
  review.append(element("span", `status ${row.status.replace(" ", "-")}`, row.statusText));
  item.append(main, confidence(row), review);
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

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector("ul") ?? parentElement.appendChild(element("ul", "list"));
  list.setAttribute("aria-label", "Sessions");
  list.onkeydown = walk;
  list.replaceChildren(...data.rows.map(drawn));
}
