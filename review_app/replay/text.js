// Elements and words. Text from users and bots only ever becomes text nodes.

const LONG_TEXT = 1200; // characters of a message that are shown at once

/** An element. `props`: class, text, data (dataset), on (listeners), else attributes; null ones are left out. */
function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "on") for (const [event, call] of Object.entries(value)) node.addEventListener(event, call);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const kbd = (key) => el("kbd", { text: key });

const keycap = (key) =>
  key.replace("ArrowLeft", "←").replace("ArrowRight", "→").replace(/\b[a-z]$/, (letter) => letter.toUpperCase());

/** 0.934 -> "93 %"; null -> "". Never "100 %" or "0 %" for what is not quite so. */
function percent(probability) {
  if (typeof probability !== "number" || Number.isNaN(probability)) return "";
  const value = probability * 100;
  if (value > 99.5 && value < 100) return ">99 %";
  if (value > 0 && value < 0.5) return "<1 %";
  return `${Math.round(value)} %`;
}

const doubt = (probability) =>
  typeof probability !== "number" ? "" : probability < 0.4 ? "low" : probability < 0.7 ? "middling" : "";

function valueText(value) {
  if (value === null || value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function sizeText(length) {
  return length < 10_000 ? `${length} characters` : `${Math.round(length / 1000).toLocaleString("en")} thousand characters`;
}

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Text cut after `limit` UTF-16 units, never inside a character. */
function beginning(text, limit) {
  if (text.length <= limit) return text;
  const code = text.charCodeAt(limit - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit);
}

/** Offsets count code points in the log and UTF-16 units in the browser: unit[i] is where point i begins. */
function codePoints(text) {
  const units = [];
  let at = 0;
  for (const character of text) {
    units.push(at);
    at += character.length;
  }
  units.push(at);
  return units;
}

/** Pieces of a text: {text, entity|null}, in order; overlapping and misplaced entities are left out. */
function marked(text, entities) {
  const placed = entities
    .filter((entity) => Number.isInteger(entity.start) && Number.isInteger(entity.end) && entity.start < entity.end)
    .sort((one, other) => one.start - other.start);
  if (!placed.length) return [{ text, entity: null }];
  const units = codePoints(text);
  const pieces = [];
  let done = 0;
  for (const entity of placed) {
    const [start, end] = [units[entity.start], units[entity.end]];
    if (start === undefined || end === undefined || start < done) continue;
    if (start > done) pieces.push({ text: text.slice(done, start), entity: null });
    pieces.push({ text: text.slice(start, end), entity });
    done = end;
  }
  if (done < text.length) pieces.push({ text: text.slice(done), entity: null });
  return pieces;
}

const entityLabel = (entity) => [entity.entity, entity.role, entity.group].filter(Boolean).join(" · ");

/** A text with its entities marked; a long one is cut and can be opened. */
function markedText(text, entities, props = {}) {
  const node = el("div", { dir: "auto", ...props });
  const fill = (shown) =>
    marked(shown, entities).map(({ text: piece, entity }) =>
      entity
        ? el("mark", { title: `${entityLabel(entity)} = ${valueText(entity.value)}` }, piece, el("small", { text: entityLabel(entity) }))
        : piece,
    );
  node.append(...fill(beginning(text, LONG_TEXT)));
  if (text.length > LONG_TEXT) {
    const open = (event) => {
      event.stopPropagation();
      node.classList.add("opened");
      node.replaceChildren(...fill(text));
    };
    node.append("… ", el("button", { class: "link", type: "button", text: `show all ${sizeText(text.length)}`, on: { click: open } }));
  }
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
