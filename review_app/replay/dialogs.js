// Dialogs. The browser's own modal dialog traps the focus, closes on Escape and gives the focus back.

/** Open a dialog in `root`; `build(close)` returns its content. Whoever turns away is asked for `mayLeave()` first. */
function openDialog(root, title, build, mayLeave = () => true) {
  const id = `title-${newId()}`;
  const dialog = el("dialog", { "aria-labelledby": id });
  const close = () => {
    dialog.close();
    dialog.remove(); // at once: the next key belongs to the page again
  };
  const leave = () => mayLeave() && close();
  dialog.append(
    el("header", {}, el("h2", { id, text: title }), el("button", { type: "button", class: "close", "aria-label": "Close", text: "×", on: { click: leave } })),
    ...[build(close)].flat().filter(Boolean),
  );
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && leave());
  root.append(dialog);
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
  return dialog;
}

/** Choose from a ranked list, or name something new. Calls chosen(name) once, then closes. */
function openPicker(root, { title, note, items, recorded, newWord, joint = "_", chosen }) {
  openDialog(root, title, (close) => {
    let shown = [];
    let at = 0;
    const list = el("ul", { class: "choices", role: "listbox", id: `list-${newId()}`, "aria-label": title });
    const count = el("p", { class: "hint", "aria-live": "polite" });
    const input = el("input", { type: "text", autofocus: true, role: "combobox", "aria-expanded": "true", "aria-controls": list.id, "aria-autocomplete": "list", "aria-label": `${title}: type to filter`, placeholder: "Type to filter, or a new name", autocomplete: "off", spellcheck: "false" });
    const take = (item) => {
      if (!item) return;
      close();
      chosen(item.name);
    };
    const mark = (to) => {
      list.children[at]?.setAttribute("aria-selected", "false");
      at = Math.max(0, Math.min(shown.length - 1, to));
      const option = list.children[at];
      option?.setAttribute("aria-selected", "true");
      option?.scrollIntoView({ block: "nearest" });
      if (option) input.setAttribute("aria-activedescendant", option.id);
      else input.removeAttribute("aria-activedescendant");
    };
    const filter = () => {
      shown = matching(items, input.value, newWord, joint);
      list.replaceChildren(...shown.map((item, index) => choice(item, index, { list, recorded, numbered: !input.value, newWord, take })));
      count.textContent = input.value ? plural(shown.length, "choice") : "1–9 pick at once · ↑ ↓ and Enter · Esc leaves it as it is";
      mark(0);
    };
    input.addEventListener("input", filter);
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
      if (event.key in steps) mark(at + steps[event.key]);
      else if (event.key === "Enter") take(shown[at]);
      else if (/^[1-9]$/.test(event.key) && !input.value) take(shown[Number(event.key) - 1]);
      else return;
      event.preventDefault();
    });
    filter();
    return [note && el("div", { class: "about" }, note), input, count, list];
  });
}

/** Items whose name holds every word of the filter, then the offer to make a new one. */
function matching(items, filter, newWord, joint) {
  const words = filter.toLowerCase().split(/[\s_]+/).filter(Boolean);
  const found = items.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const name = filter.trim().replace(/\s+/g, joint);
  if (newWord && name && !items.some((item) => item.name === name)) found.push({ name, p: null, fresh: true });
  return found;
}

function choice(item, index, { list, recorded, numbered, newWord, take }) {
  const bar = el("i");
  bar.style.width = `${(item.p ?? 0) * 100}%`;
  return el(
    "li",
    { role: "option", id: `${list.id}-${index}`, "aria-selected": "false", on: { click: () => take(item) } },
    el("span", { class: "number", text: numbered && index < 9 ? String(index + 1) : "" }),
    el("span", { class: "name", text: item.fresh ? `new ${newWord} “${item.name}”` : item.name }),
    item.name === recorded && el("small", { text: "as recorded" }),
    el("span", { class: "track", "aria-hidden": "true" }, bar),
    el("span", { class: "p", text: item.p === null ? "" : item.p.toFixed(3) }),
  );
}

/** Names of the domain, ranked as the model ranked them; the others follow at no probability. */
function rankedItems(names, ranking) {
  const ranked = (ranking ?? []).map(([name, p]) => ({ name, p }));
  const known = new Set(ranked.map(({ name }) => name));
  return [...ranked, ...names.filter((name) => !known.has(name)).map((name) => ({ name, p: null }))];
}

/** A text to write. Ctrl+Enter saves, Esc leaves, twice where that loses something; `check(text)` returns what is wrong with it, or ""; `names` are completed after an @. */
function openEditor(root, { title, about, label, value, button = "Save", check = () => "", names = null, saved }) {
  const area = el("textarea", { autofocus: true, rows: "4", dir: "auto", "aria-label": label });
  area.value = value;
  const problem = el("p", { class: "problem", role: "alert" });
  let isWarned = false;
  area.addEventListener("input", () => (isWarned = false));
  const mayLeave = () => {
    if (isWarned || area.value === value) return true;
    isWarned = true;
    problem.textContent = "Not saved yet. Once more leaves without it.";
    area.focus();
    return false;
  };
  const build = (close) => {
    const save = () => {
      problem.textContent = check(area.value);
      if (problem.textContent) return area.focus();
      close();
      return saved(area.value);
    };
    const people = names && completion(area, names);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        save();
      }
    });
    return [about && el("p", { class: "hint", text: about }), area, people, problem, el("footer", {}, el("span", { class: "hint", text: "Ctrl+Enter saves" }), el("button", { type: "button", class: "primary", text: button, on: { click: save } }))];
  };
  openDialog(root, title, build, mayLeave);
}

/** A question with a few answers: [label, call]; the first is the default. Number keys choose. */
function openChoice(root, title, content, answers) {
  openDialog(root, title, (close) => {
    const buttons = answers.map(([label, call], index) =>
      el("button", { type: "button", class: index ? "option" : "option primary", autofocus: index === 0, on: { click: () => (close(), call()) } }, kbd(String(index + 1)), el("span", { text: label })),
    );
    const pick = (event) => {
      const button = /^[1-9]$/.test(event.key) && buttons[Number(event.key) - 1];
      if (button) button.click();
    };
    return [el("div", { class: "content" }, content), el("div", { class: "options", on: { keydown: pick } }, buttons)];
  });
}

function openKeySheet(root) {
  openDialog(root, "Keys", () => {
    const groups = [...new Set(COMMANDS.map(({ group }) => group))];
    return el(
      "div",
      { class: "sheet", tabindex: "0", autofocus: true },
      groups.map((group) =>
        el(
          "section",
          {},
          el("h3", { text: group }),
          el("dl", {}, COMMANDS.filter((command) => command.group === group).map(({ keys, label }) => el("div", {}, el("dt", {}, keys.map((key) => kbd(keycap(key)))), el("dd", { text: label })))),
        ),
      ),
    );
  });
}

/** JSON as it is; what is no JSON is a text, except where it only looks like a slip in a list or object. */
function readValue(text) {
  const trimmed = text.trim();
  if (trimmed === "") return { value: null };
  try {
    return { value: JSON.parse(trimmed) };
  } catch (error) {
    if (/^[[{"]/.test(trimmed)) return { problem: `This is not valid JSON: ${error.message}` };
    return { value: trimmed };
  }
}
