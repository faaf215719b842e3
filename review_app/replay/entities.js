// Entities corrected by marking the text: word by word with mouse or keyboard, letter by letter with Alt.

const MARKABLE = 4000; // UTF-16 units of a message that can be marked

/** Open the dialog; `saved(entities)` gets them with code point offsets, in the order of the text. */
function openEntities(root, { text, entities, types, saved }) {
  openDialog(root, "Mark the entities", (close) => new EntityEditor(text, entities, types, close, saved).parts());
}

class EntityEditor {
  constructor(text, entities, types, close, saved) {
    Object.assign(this, { text: beginning(text, MARKABLE), whole: text, close, saved });
    this.types = [...new Set([...types, ...entities.map(({ entity }) => entity)])];
    this.entities = entities.map((entity) => ({ ...entity }));
    this.points = codePoints(this.text);
    this.words = units(this.text, "word");
    this.letters = units(this.text, "grapheme");
    this.anchor = this.head = 0;
    this.field = el("div", { class: "marking", dir: "auto", tabindex: "0", autofocus: true, role: "textbox", "aria-readonly": "true", "aria-multiline": "true", "aria-label": "Message. Select words with arrows and Shift, letters with Alt, then press Enter" });
    this.menu = el("div", { class: "types", role: "group", "aria-label": "Type of the marked text" });
    this.rows = el("div", { class: "entities" });
    this.voice = el("p", { class: "hint", "aria-live": "polite" });
    this.listen();
    this.draw();
  }

  parts() {
    const save = el("button", { type: "button", class: "primary", text: "Save", on: { click: () => this.save() } });
    return [
      this.text.length < this.whole.length && el("p", { class: "hint", text: `Only the first ${MARKABLE} of ${sizeText(this.whole.length)} can be marked.` }),
      this.field,
      this.voice,
      this.menu,
      this.rows,
      el("footer", {}, el("span", { class: "hint", text: "Ctrl+Enter saves" }), save),
    ].filter(Boolean);
  }

  listen() {
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.field.addEventListener("pointerdown", (event) => this.point(event, true));
    this.field.addEventListener("pointermove", (event) => event.buttons === 1 && this.point(event, false));
    this.menu.addEventListener("keydown", (event) => this.typed(event));
    queueMicrotask(() =>
      this.field.closest("dialog")?.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        this.save();
      }),
    );
  }

  pressed(event) {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (this.anchor !== this.head) this.menu.querySelector("button, input")?.focus();
      return;
    }
    if (/^[1-9]$/.test(event.key) && this.anchor !== this.head) return this.typed(event);
    if ((event.key === "Delete" || event.key === "Backspace") && this.anchor !== this.head) {
      const [start, end] = this.selection();
      this.entities = this.entities.filter((entity) => !overlaps(entity, start, end));
      event.preventDefault();
      return this.draw();
    }
    const direction = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const edge = { Home: 0, End: this.text.length }[event.key];
    if (!direction && edge === undefined) return;
    event.preventDefault();
    if (edge !== undefined) [this.head, this.anchor] = [edge, event.shiftKey ? this.anchor : edge];
    else if (event.shiftKey) this.head = this.edge(direction, event.altKey ? this.letters : this.words);
    else this.step(direction, event.altKey ? this.letters : this.words);
    this.drawText();
  }

  /** Where the moving end of the selection goes: a unit's end on the right side, its start on the left. */
  edge(direction, units) {
    const isRight = this.head === this.anchor ? direction > 0 : this.head > this.anchor;
    const stops = [...units.map(([start, end]) => (isRight ? end : start)), this.anchor].sort((one, other) => one - other);
    const next = direction > 0 ? stops.find((stop) => stop > this.head) : stops.findLast((stop) => stop < this.head);
    return next ?? this.head;
  }

  /** Select the next unit, or the one before. */
  step(direction, units) {
    const [from, to] = [Math.min(this.anchor, this.head), Math.max(this.anchor, this.head)];
    const unit = direction > 0 ? units.find(([start]) => start >= to) : units.findLast(([, end]) => end <= from);
    if (unit) [this.anchor, this.head] = unit;
  }

  point(event, first) {
    const root = this.field.getRootNode();
    const piece = root.elementFromPoint(event.clientX, event.clientY)?.closest("[data-at]");
    if (!piece || !this.field.contains(piece)) return;
    const [start, end] = [Number(piece.dataset.at), Number(piece.dataset.end)];
    if (first) [this.origin, this.anchor, this.head] = [start, start, end];
    else if (start >= this.origin) [this.anchor, this.head] = [this.origin, end];
    else [this.anchor, this.head] = [this.words.find(([, stop]) => stop > this.origin)?.[1] ?? this.origin, start];
    this.drawText();
  }

  typed(event) {
    const button = /^[1-9]$/.test(event.key) && event.target.tagName !== "INPUT" && this.menu.querySelectorAll("button.type")[Number(event.key) - 1];
    if (!button) return this.named(event);
    event.preventDefault();
    return button.click();
  }

  /** A letter is the beginning of a new type's name. */
  named(event) {
    if (event.target.tagName === "BUTTON" && /^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.menu.querySelector("input").focus();
  }

  /** The selection without white space at its ends, in code points: [start, end]. */
  selection() {
    let [start, end] = [Math.min(this.anchor, this.head), Math.max(this.anchor, this.head)];
    while (start < end && /\s/.test(this.text[start])) start += 1;
    while (end > start && /\s/.test(this.text[end - 1])) end -= 1;
    return [this.points.indexOf(start), this.points.indexOf(end)];
  }

  selected() {
    const [start, end] = this.selection();
    return this.text.slice(this.points[start], this.points[end]);
  }

  add(type) {
    const name = type.trim().replace(/\s+/g, "_");
    const [start, end] = this.selection();
    if (!name || start < 0 || start >= end) return;
    if (!this.types.includes(name)) this.types.push(name);
    this.entities = this.entities.filter((entity) => !overlaps(entity, start, end));
    this.entities.push({ entity: name, value: this.selected(), start, end });
    this.entities.sort((one, other) => (one.start ?? 0) - (other.start ?? 0));
    this.anchor = this.head;
    this.draw();
    this.field.focus();
    this.voice.textContent = `${name} added.`;
  }

  draw() {
    this.drawText();
    this.drawRows();
  }

  drawText() {
    const [from, to] = [Math.min(this.anchor, this.head), Math.max(this.anchor, this.head)];
    const starts = new Map(this.entities.filter(({ start }) => Number.isInteger(start)).map((entity) => [this.points[entity.start], entity]));
    const inside = (at) => this.entities.find(({ start, end }) => this.points[start] <= at && at < this.points[end]);
    const stops = [...new Set([0, this.text.length, ...this.words.flat(), from, to, ...this.entities.flatMap(({ start, end }) => [this.points[start], this.points[end]])])].filter((stop) => stop !== undefined).sort((one, other) => one - other);
    const pieces = [];
    for (let i = 0; i + 1 < stops.length; i++) {
      const [at, end] = [stops[i], stops[i + 1]];
      const classes = [inside(at) && "entity", from < to && at >= from && end <= to && "selected"].filter(Boolean).join(" ");
      const label = starts.get(at);
      if (label) pieces.push(el("small", { text: entityLabel(label) }));
      pieces.push(el("span", { class: classes || null, data: { at: String(at), end: String(end) }, text: this.text.slice(at, end) }));
    }
    this.field.replaceChildren(...pieces);
    this.drawMenu(from < to);
  }

  drawMenu(any) {
    this.voice.textContent = any ? `Selected: ${this.selected()} · 1–9 or Enter names its type, Delete unmarks it` : "Select the words of an entity: ← → moves word by word, Shift extends, Alt goes by letters.";
    if (!any) return this.menu.replaceChildren();
    const fresh = el("input", { type: "text", placeholder: "new type", "aria-label": "New entity type", size: "10" });
    fresh.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") this.add(fresh.value);
      if (event.key === "Escape") this.field.focus();
    });
    return this.menu.replaceChildren(
      ...this.types.map((type, index) => el("button", { type: "button", class: "type", on: { click: () => this.add(type) } }, index < 9 && kbd(String(index + 1)), el("span", { text: type }))),
      fresh,
    );
  }

  drawRows() {
    if (!this.entities.length) return this.rows.replaceChildren(el("p", { class: "hint", text: "No entities in this message." }));
    const cell = (entity, index, name, label) => {
      const input = el("input", { type: "text", dir: "auto", "aria-label": `${label} of entity ${index + 1}`, placeholder: label });
      input.value = name === "value" ? valueText(entity.value) : (entity[name] ?? "");
      input.addEventListener("input", () => this.edit(entity, name, input.value));
      return input;
    };
    return this.rows.replaceChildren(
      ...this.entities.map((entity, index) =>
        el(
          "div",
          { class: "entity" },
          cell(entity, index, "entity", "type"),
          cell(entity, index, "value", "value"),
          cell(entity, index, "role", "role"),
          cell(entity, index, "group", "group"),
          el("button", { type: "button", class: "close", "aria-label": `Delete entity ${index + 1}`, text: "×", on: { click: () => this.drop(entity) } }),
        ),
      ),
    );
  }

  edit(entity, name, text) {
    if (name === "value") entity.value = typeof entity.value === "string" ? text : (readValue(text).value ?? text);
    else if (text.trim()) entity[name] = text.trim();
    else if (name !== "entity") delete entity[name];
    this.drawText();
  }

  drop(entity) {
    this.entities = this.entities.filter((each) => each !== entity);
    this.draw();
    this.field.focus();
  }

  save() {
    this.close();
    this.saved(this.entities);
  }
}

const overlaps = (entity, start, end) => Number.isInteger(entity.start) && Number.isInteger(entity.end) && entity.start < end && start < entity.end;

/** Words or letters of a text, without white space: [start, end] each, in UTF-16 units. */
function units(text, granularity) {
  const segments = [];
  if (typeof Intl.Segmenter === "function") {
    for (const { segment, index } of new Intl.Segmenter(undefined, { granularity }).segment(text)) segments.push([index, segment]);
  } else {
    const pattern = granularity === "word" ? /[\p{L}\p{N}\p{M}]+|\s+|./gsu : /./gsu;
    for (const match of text.matchAll(pattern)) segments.push([match.index, match[0]]);
  }
  return segments.filter(([, segment]) => segment.trim()).map(([index, segment]) => [index, index + segment.length]);
}
