// The conversation so far, and faded what followed. Only the rows around the current one are on the page.

const AROUND = 16; // rows drawn at least on each side of the current one; at most twice as many stay
const MORE = 40; // rows that scrolling to an end adds

const STATUS = {
  open: ["", "not decided"],
  confirmed: ["✓", "confirmed"],
  corrected: ["✎", "corrected"],
  removed: ["✕", "removed"],
  unsure: ["?", "unsure"],
  skipped: ["–", "skipped"],
};

class Transcript {
  constructor(goTo) {
    this.goTo = goTo;
    this.rows = new Map(); // index -> {node, signature}
    // Two lists, so that what is still to come is faded as one.
    this.past = el("div", { role: "none" });
    this.later = el("div", { role: "none", class: "later" });
    this.list = el("div", { class: "rows", role: "list" }, this.past, this.later);
    this.node = el("section", { class: "transcript", "aria-label": "Conversation", tabindex: "0" }, this.list);
    this.node.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.list.addEventListener("click", (event) => this.clicked(event));
  }

  load(session) {
    this.session = session;
    this.rows.clear();
    this.range = [0, 0];
    this.past.replaceChildren();
    this.later.replaceChildren();
  }

  clicked(event) {
    const row = event.target.closest("[data-index]");
    if (row && !window.getSelection()?.toString()) this.goTo(Number(row.dataset.index));
  }

  /** `comments`: index of a question -> those on it. */
  show(index, judged, comments) {
    const total = this.session.questions.length;
    const [from, to] = this.range;
    const wanted = [Math.max(0, index - AROUND), Math.min(total, index + AROUND + 1)];
    const near = index >= from && index < to;
    const kept = [Math.max(from, index - 2 * AROUND), Math.min(to, index + 2 * AROUND)];
    this.judged = judged;
    this.comments = comments;
    this.index = index;
    this.draw(near ? [Math.min(kept[0], wanted[0]), Math.max(kept[1], wanted[1])] : wanted);
    this.current?.classList.remove("current");
    this.current?.removeAttribute("aria-current");
    this.current = this.rows.get(index)?.node ?? null;
    this.current?.classList.add("current");
    this.current?.setAttribute("aria-current", "step");
  }

  draw([from, to]) {
    for (const [index, row] of this.rows) {
      if (index < from || index >= to) {
        row.node.remove();
        this.rows.delete(index);
      }
    }
    for (let index = from; index < to; index++) {
      const node = this.row(index);
      const list = index <= this.index ? this.past : this.later;
      const place = list.children[index - (list === this.past ? from : Math.max(from, this.index + 1))];
      if (place !== node) list.insertBefore(node, place ?? null);
    }
    this.range = [from, to];
  }

  /** The row of a question, drawn anew only when something about it has changed. */
  row(index) {
    const judged = this.judged[index];
    const begins = judged.course !== "real" && this.judged[index - 1]?.course !== judged.course;
    const signature = JSON.stringify([judged.status, judged.course, begins, judged.answer, judged.message, this.session.questions[index].mask, this.comments.get(index)?.map(({ id }) => id)]);
    const known = this.rows.get(index);
    if (known?.signature === signature) return known.node;
    const node = drawRow(this.session, index, judged, begins, this.comments.get(index) ?? []);
    if (known) {
      if (known.node === this.current) this.current = node;
      known.node.replaceWith(node);
    }
    this.rows.set(index, { node, signature });
    return node;
  }

  /** Scroll so that the current row stands below the middle, what led to it above. Asks for a layout: call it last. */
  reveal() {
    const room = this.node.clientHeight;
    const top = this.current ? this.current.offsetTop + Math.min(this.current.offsetHeight, room * 0.6) - room * 0.62 : this.node.scrollHeight;
    this.isOurs = true;
    this.node.scrollTop = top;
  }

  /** The reader scrolls: draw more where the rows end. */
  scrolled() {
    if (this.isOurs) return void (this.isOurs = false);
    const [from, to] = this.range;
    const { scrollTop, scrollHeight, clientHeight } = this.node;
    if (scrollTop < 200 && from > 0) {
      this.draw([Math.max(0, from - MORE), to]);
      this.node.scrollTop = scrollTop + this.node.scrollHeight - scrollHeight;
    } else if (scrollHeight - scrollTop - clientHeight < 200 && to < this.session.questions.length) {
      this.draw([from, Math.min(this.session.questions.length, to + MORE)]);
    }
  }
}

function drawRow(session, index, { answer, message, status, course }, begins, comments) {
  const question = session.questions[index];
  const earlier = session.questions[index - 1];
  const [sign, words] = STATUS[status];
  const label = course === "real" ? words : course === "cut" ? "cut" : "hypothetical";
  const replaced = answer.removed || (answer.action != null && answer.action !== question.action?.name);
  return el(
    "div",
    { class: `row ${course} ${status}`, role: "listitem", data: { index: String(index) } },
    earlier && earlier.episode !== question.episode && el("div", { class: "divider", text: `Episode ${question.episode + 1}` }),
    begins && el("div", { class: `divider ${course}`, text: course === "cut" ? "cut from here" : "hypothetical from here" }),
    question.opening?.length > 0 && el("div", { class: "opening" }, question.opening.map((effect) => drawEffect(effect))),
    el("span", { class: "gutter", title: `${index + 1}: ${label}`, "aria-label": `Step ${index + 1}, ${label}` }, el("b", { text: sign || String(index + 1) })),
    el(
      "div",
      { class: "said" },
      question.mask === "withheld" && el("div", { class: "event", text: "not shown yet" }),
      question.message && drawMessage(question.message, message, question.mask),
      answer.inserted.map((name) => el("div", { class: "act inserted" }, el("ins", { text: name }), el("small", { text: "inserted" }))),
      question.action && !question.mask && drawAction(question.action, answer, replaced),
      question.action && el("div", { class: replaced ? "effects replaced" : "effects" }, question.action.effects.map((effect) => drawEffect(effect))),
      answer.slots.map(({ name, value }) => drawEffect({ type: "slot", name, value }, "yours")),
      answer.note && el("div", { class: "remark", dir: "auto", text: `Note: ${answer.note}` }),
      answer.flag && el("div", { class: "remark flag", text: `Flag: ${answer.flag}` }),
      comments.map(({ by, text }) => el("div", { class: "remark said-by", dir: "auto" }, el("b", { text: by }), " ", beginning(text, 200))),
    ),
  );
}

function drawMessage(message, answer, mask) {
  const entities = answer.entities ?? message.entities;
  const intent = answer.intent ?? message.intent;
  return el(
    "div",
    { class: "user" },
    message.text === null ? el("div", { class: "bubble none", text: "(no text)" }) : markedText(message.text, entities, { class: "bubble" }),
    !mask && el(
      "div",
      { class: "about" },
      answer.intent != null && answer.intent !== message.intent && message.intent && el("del", { text: message.intent }),
      el(answer.intent != null ? "ins" : "span", { class: "intent", text: intent ?? "no intent" }),
      answer.intent == null && el("span", { class: `p ${doubt(message.confidence)}`, text: percent(message.confidence) }),
    ),
    message.effects.map((effect) => drawEffect(effect)),
  );
}

function drawAction(action, answer, replaced) {
  const name = action.name ?? "(nothing)";
  return el(
    "div",
    { class: name === "action_listen" && !replaced ? "act listen" : "act" },
    replaced ? el("del", { text: name }) : el("span", { text: name }),
    replaced && !answer.removed && el("ins", { text: answer.action }),
    answer.removed && el("small", { text: "removed" }),
    !replaced && el("span", { class: `p ${doubt(action.confidence)}`, text: percent(action.confidence) }),
  );
}

function drawEffect(effect, kind = "") {
  switch (effect.type) {
    case "bot":
      return el(
        "div",
        { class: "bot" },
        effect.text && markedText(effect.text, [], { class: "bubble" }),
        effect.buttons?.length > 0 && el("div", { class: "buttons" }, effect.buttons.map((title) => el("span", { dir: "auto", text: title }))),
        effect.extra && el("div", { class: "event", dir: "auto", text: beginning(effect.extra, 300) }),
        !effect.text && !effect.buttons?.length && !effect.extra && el("div", { class: "bubble none", text: "(empty message)" }),
      );
    case "slot":
      return el("div", { class: `event slot ${kind}`, dir: "auto" }, el("b", { text: effect.name }), " = ", beginning(valueText(effect.value), 160));
    case "loop":
      return el("div", { class: "event loop" }, effect.name ? `form ${effect.name} is active` : "no form is active any more");
    case "opaque":
      return el("div", { class: "event opaque", dir: "auto", text: `${effect.kind}: ${beginning(effect.text, 200)}` });
    default:
      return el("div", { class: "event", dir: "auto", text: beginning(effect.text ?? "", 300) });
  }
}
