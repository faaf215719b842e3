// The step in question: the classic question, what the model thought, the slots, the form.

const TOP = 8; // ranks drawn at once; the others when the browser is idle

class Panel {
  /** `above`: what stands above everything that is shown. */
  constructor(run, above) {
    this.run = run; // command id -> does it
    this.above = above;
    this.node = el("section", { class: "panel", "aria-label": "The step in question", tabindex: "-1" });
    this.node.addEventListener("scroll", () => (this.isScrolled = true), { passive: true });
    this.models = { intent: 0, action: 0 };
    this.idle = [];
  }

  show(parts) {
    this.idle.forEach((id) => clearTimeout(id));
    this.idle = [];
    this.node.replaceChildren(this.above, ...parts.flat(Infinity).filter(Boolean));
    if (this.isScrolled) this.node.scrollTop = 0; // asks for a layout, so only where it is needed
    this.isScrolled = false;
  }

  /** Draw later what need not be there for the first paint. */
  later(call) {
    this.idle.push(setTimeout(call, 120));
  }

  button(id, label, props = {}) {
    return el("button", { type: "button", "aria-keyshortcuts": KEY_OF[id], ...props, on: { click: () => this.run(id) } }, kbd(KEY_OF[id]), el("span", { text: label }));
  }

  question(state) {
    const { question, judged } = state;
    if (question.mask) return this.show([this.bar(state), ...this.blind(state)]);
    return this.show([
      this.bar(state),
      question.message && messageCard(question.message, judged.message),
      state.blind && !judged.open ? this.disclosed(question, judged) : this.ask(question, judged, state.may),
      state.may.decide && this.tools(question, judged),
      comments(state),
      el(
        "div",
        { class: "rankings" },
        question.message && this.ranking("intent", "Intent", question.message.predictions, question.message.intent, judged.message.intent),
        question.action && this.ranking("action", "Next action", question.action.predictions, question.action.name, judged.answer.action),
      ),
      el("div", { class: "knowledge" }, formState(question.loop), this.slots(state)),
    ]);
  }

  /** What stands above the question: cut, hypothetical, or how it was decided. */
  bar({ judged, submitted, sinceNumber }) {
    if (submitted) return el("div", { class: "bar done" }, el("span", { text: "This review is submitted." }), this.button("reopen", "Reopen"));
    if (judged.course === "hypothetical")
      return el(
        "div",
        { class: "bar hypothetical" },
        el("span", { text: `Hypothetical: after your correction of step ${sinceNumber} the user might have said something else.` }),
        this.button("cut", "Cut here (default)"),
        this.button("keepRest", "The rest still holds"),
      );
    if (judged.course === "cut")
      return el("div", { class: "bar cut" }, el("span", { text: `Cut at step ${sinceNumber}: from there to the end of the episode nothing is used.` }), this.button("keepRest", "The rest still holds"));
    return null;
  }

  ask(question, { answer, message, status }, may) {
    const action = question.action?.name ?? "(nothing)";
    const intent = message.intent ?? question.message?.intent ?? "no intent";
    const words = question.action
      ? ["The bot wants to ", el("strong", { text: `[${action}]` }), question.message ? " due to the intent." : "."]
      : ["The message means ", el("strong", { text: `[${intent}]` }), ", and no action followed."];
    if (!may.decide) return el("div", { class: "ask" }, el("h2", {}, words), el("p", { class: "hint", text: ONLY_LOOKING }));
    words.push(" Is this correct?");
    const options = [["yes", "Yes", status === "confirmed" || (Boolean(answer.confirmed) && status !== "open")]];
    if (question.action) {
      const label = question.message ? "No, intent is right but the action is wrong" : "No, the action is wrong";
      options.push(["wrongAction", label, answer.action != null]);
    }
    if (question.message) options.push(["wrongIntent", question.action ? "The intent is wrong" : "No, the intent is wrong", message.intent != null]);
    return el(
      "div",
      { class: "ask" },
      el("h2", {}, words),
      el("div", { class: "options", role: "group", "aria-label": "Your answer" }, options.map(([id, label, chosen]) => this.button(id, label, { class: chosen ? "option chosen" : "option", "aria-pressed": String(chosen) }))),
      verdict(question, answer, message, status),
    );
  }

  /** A step that is asked before what the bot did is shown. */
  blind(state) {
    const { question, judged } = state;
    const { message, action } = question;
    if (question.mask === "withheld") return [el("p", { class: "model", text: "This step is shown once those before it are answered." })];
    const words = message && action ? "What does the user want, and what should the bot do next?" : action ? "What should the bot do next?" : "What does the user want?";
    const tool = (id, label, active) => this.button(id, label, { class: active ? "tool active" : "tool" });
    return [
      message && el("div", { class: "message" }, message.text === null ? el("div", { class: "text none", text: "(no text)" }) : markedText(message.text, [], { class: "text" })),
      el(
        "div",
        { class: "ask" },
        el("h2", {}, words),
        el("div", { class: "options", role: "group", "aria-label": "Your answer" }, this.button("yes", "Say what is right", { class: "option" })),
        el("p", { class: "hint", text: "This session is blind: you see what the bot did once you have said what is right." }),
      ),
      el("div", { class: "tools", role: "toolbar", "aria-label": "More answers" }, tool("unsure", "Unsure"), tool("skip", "Skip"), tool("cut", "Cut here"), tool("note", "Note", judged.answer.note), tool("flag", "Flag", judged.answer.flag), tool("comment", "Comment")),
      comments(state),
      el("div", { class: "knowledge" }, formState(question.loop), this.slots(state)),
    ];
  }

  /** The own answer to a step that was asked blind, beside what the bot did. */
  disclosed(question, { answer, message, status }) {
    const rows = [];
    const compare = (what, own, bots, p) => rows.push({ what, own: own ?? bots, bots: bots ?? "(nothing)", p, same: own == null || own === bots });
    const isVote = status === "confirmed" || status === "corrected";
    if (question.message) compare("intent", message.intent, question.message.intent, question.message.confidence);
    if (question.action) compare("action", answer.action, question.action.name, question.action.confidence);
    const entities = message.entities != null;
    const isSame = rows.every((row) => row.same) && !entities;
    const words = !isVote ? (status === "open" ? "What the bot did" : `${STATUS[status][1][0].toUpperCase()}${STATUS[status][1].slice(1)}. This is what the bot did:`) : isSame ? "The bot did what you said." : "The bot did otherwise.";
    const cells = ({ what, own, bots, p, same: isEqual }) => [
      el("th", { scope: "row", text: what }),
      isVote && el("td", {}, el(isEqual ? "span" : "ins", { dir: "auto", text: own })),
      el("td", {}, el(isEqual || !isVote ? "span" : "del", { dir: "auto", text: bots }), " ", el("span", { class: `p ${doubt(p)}`, text: percent(p) })),
    ];
    return el(
      "div",
      { class: isSame ? "ask disclosed" : "ask disclosed otherwise" },
      el("h2", {}, words),
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, el("td"), isVote && el("th", { scope: "col", text: "You" }), el("th", { scope: "col", text: "The bot" }))),
        el("tbody", {}, rows.map((row) => el("tr", { class: row.same ? null : "fresh" }, cells(row)))),
      ),
      entities && el("p", { class: "hint", text: "The entities differ: yours are marked in the message." }),
      el(
        "div",
        { class: "options", role: "group", "aria-label": "Your answer" },
        this.button("yes", "Go on: my answer stands", { class: "option" }),
        question.action && this.button("wrongAction", "Change the action", { class: "option" }),
        question.message && this.button("wrongIntent", "Change the intent", { class: "option" }),
      ),
    );
  }

  tools(question, { answer }) {
    const tool = (id, label, active) => this.button(id, label, { class: active ? "tool active" : "tool" });
    return el(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "More answers and corrections" },
      tool("unsure", "Unsure", answer.unsure),
      tool("skip", "Skip", answer.skipped),
      question.action && tool("insert", "Insert", answer.inserted.length > 0),
      question.action && tool("remove", "Remove", answer.removed),
      tool("cut", "Cut here", answer.cut),
      question.message && tool("entities", "Entities"),
      tool("slots", "Slots", answer.slots.length > 0),
      tool("note", "Note", answer.note),
      tool("flag", "Flag", answer.flag),
      tool("comment", "Comment"),
    );
  }

  ranking(kind, title, predictions, recorded, corrected) {
    const at = Math.min(this.models[kind], Math.max(0, predictions.length - 1));
    const prediction = predictions[at];
    const node = el("section", { class: "ranking", "aria-label": `${title}: what the model predicted` });
    const choose = (index) => {
      this.models[kind] = index;
      node.replaceWith(this.ranking(kind, title, predictions, recorded, corrected));
    };
    node.append(
      el("h3", {}, title, predictions.length > 1 && el("span", { class: "tabs", role: "group", "aria-label": "Model" }, predictions.map((each, index) => modelTab(each, index === at, () => choose(index))))),
      el("p", { class: "model", text: prediction ? modelLine(prediction) : "No prediction was recorded." }),
    );
    if (prediction) node.append(this.ranks(prediction.ranking, recorded, corrected));
    return node;
  }

  ranks(ranking, recorded, corrected) {
    const list = el("ol", { class: "ranks", tabindex: "0", "aria-label": "Ranking, most probable first" });
    const draw = (from, to) => ranking.slice(from, to).map(([name, p]) => rank(name, p, name === recorded, name === corrected));
    list.append(...draw(0, TOP));
    if (ranking.length > TOP) this.later(() => list.append(...draw(TOP, ranking.length)));
    return list;
  }

  slots({ slots }) {
    const rows = [...slots].filter(([, { value, by, fresh }]) => value !== null || (fresh && by !== "initial value")).sort(([, one], [, other]) => Number(other.fresh) - Number(one.fresh));
    return el(
      "section",
      { class: "slots", "aria-label": "Slots" },
      el("h3", { text: "Slots before this step" }),
      rows.length === 0 && el("p", { class: "model", text: "No slot is set." }),
      rows.length > 0 &&
        el(
          "table",
          {},
          el("tbody", {}, rows.map(([name, { value, by, fresh }]) => el("tr", { class: fresh ? "fresh" : null }, el("th", { scope: "row", text: name }), el("td", { dir: "auto" }, shortened(valueText(value))), el("td", { class: "by", dir: "auto", text: by })))),
        ),
    );
  }

  /** After the last question: what was decided, what is left. */
  end(session, review, may, said, own) {
    const counts = new Map();
    review.judged.forEach(({ status, course }) => {
      const word = course !== "real" && status === "open" ? course : STATUS[status][1];
      counts.set(word, (counts.get(word) ?? 0) + 1);
    });
    const left = review.judged.filter(({ open }) => open).length;
    const words = session.questions.length === 0 ? "There is nothing to review in this session." : left ? `${plural(left, "step")} not decided yet.` : review.submitted ? "This review is submitted." : "Every step is decided.";
    if (!may.decide) return this.show([el("div", { class: "end" }, el("h2", { text: "This is the end of the session." }), el("p", { class: "hint", text: ONLY_LOOKING }), el("div", { class: "options" }, this.button("nextSession", "Next session", { class: "option" }))), comments({ comments: said, own })]);
    return this.show([
      el(
        "div",
        { class: "end" },
        el("h2", { text: words }),
        el("dl", {}, [...counts].map(([word, count]) => el("div", {}, el("dt", { text: word }), el("dd", { text: String(count) })))),
        el(
          "div",
          { class: "options" },
          !review.submitted && session.questions.length > 0 && this.button("submit", left ? "Submit…" : "Submit this review", { class: "option" }),
          left > 0 && this.button("nextOpen", "Go to the next undecided step", { class: "option" }),
          review.submitted && this.button("reopen", "Reopen this review", { class: "option" }),
          this.button("nextSession", "Next session", { class: "option" }),
          this.button("comment", "Comment on the session", { class: "option" }),
        ),
      ),
      comments({ comments: said, own }),
    ]);
  }
}

/** What people said of a step, or of the session; nothing where nobody did. */
function comments({ comments: said, own, hidden = false }) {
  if (!said.length) return null;
  return el("section", { class: "comments", "aria-label": "Comments" }, el("h3", { text: "Comments" }), el("div", { role: "list" }, said.map((each) => drawComment(each, own(each)))), hidden && el("p", { class: "hint", text: HIDDEN_COMMENTS }));
}

function messageCard(message, answer) {
  const entities = answer.entities ?? message.entities;
  return el(
    "div",
    { class: "message" },
    message.text === null ? el("div", { class: "text none", text: "(no text)" }) : markedText(message.text, entities, { class: "text" }),
    el(
      "div",
      { class: "understood" },
      el("span", { class: "label", text: "intent" }),
      answer.intent != null && answer.intent !== message.intent && message.intent && el("del", { text: message.intent }),
      el(answer.intent != null ? "ins" : "b", { text: answer.intent ?? message.intent ?? "none" }),
      answer.intent == null && el("span", { class: `p ${doubt(message.confidence)}`, text: percent(message.confidence) }),
      entities.length > 0 && el("span", { class: "label", text: answer.entities ? "entities, corrected" : "entities" }),
      entities.length > 0 && el("span", { dir: "auto", text: entities.map((entity) => `${entityLabel(entity)} = ${valueText(entity.value)}`).join(", ") }),
    ),
  );
}

/** The decision as it stands, in words. */
function verdict(question, answer, message, status) {
  const parts = [];
  if (message.intent != null) parts.push(["Intent: ", el("ins", { text: message.intent })]);
  if (message.entities != null && question.message) parts.push([plural(message.entities.length, "entity", "entities"), " corrected"]);
  for (const name of answer.inserted) parts.push(["Before it: ", el("ins", { text: name })]);
  if (answer.removed) parts.push(["Removed"]);
  if (answer.action != null && answer.action !== question.action?.name) parts.push(["Instead: ", el("ins", { text: answer.action })]);
  if (status === "unsure" || status === "skipped") parts.push([status === "unsure" ? "You are unsure" : "Skipped"]);
  if (answer.confirmed) parts.push(["Confirmed"]);
  if (answer.kept) parts.push(["The rest still holds"]);
  if (answer.note) parts.push(["Note: ", el("span", { dir: "auto", text: beginning(answer.note, 120) })]);
  if (answer.flag) parts.push([`Flag: ${answer.flag}`]);
  return parts.length ? el("p", { class: "verdict" }, parts.map((part) => el("span", {}, part))) : null;
}

function modelLine({ model, policy, late, ranking }) {
  const who = model ? `model ${model}` : "the recording model";
  return [who, policy, late ? "ranked later, not when it was recorded" : null, ranking.length === 1 ? "only the winner is known" : null].filter(Boolean).join(" · ");
}

function modelTab({ model, late }, pressed, choose) {
  const label = model && model.length > 14 ? `${model.slice(0, 13)}…` : (model ?? "recorded");
  return el("button", { type: "button", class: "tab", "aria-pressed": String(pressed), title: model ?? "", text: late ? `${label} (later)` : label, on: { click: choose } });
}

function rank(name, p, recorded, corrected) {
  const bar = el("i");
  bar.style.width = `${Math.max(0, Math.min(1, p)) * 100}%`;
  return el(
    "li",
    { class: [recorded && "recorded", corrected && "corrected"].filter(Boolean).join(" ") || null, "aria-current": recorded ? "true" : null },
    el("span", { class: "name", title: name, text: name }),
    el("span", { class: "track", "aria-hidden": "true" }, bar),
    el("span", { class: recorded ? `p ${doubt(p)}` : "p", text: p.toFixed(3) }),
  );
}

/** Three lines of a value; pointing at it, or the keyboard's focus, shows more. */
function shortened(text) {
  const box = el("div", { class: "short", text: beginning(text, 2000) });
  if (text.length > 120) box.tabIndex = 0;
  return box;
}

function formState(loop) {
  if (!loop) return null;
  const facts = [loop.requested && `asks for ${loop.requested}`, loop.rejected && "was rejected", loop.interrupted && "is interrupted"].filter(Boolean);
  return el("section", { class: "form", "aria-label": "Form" }, el("h3", { text: "Form" }), el("p", {}, el("b", { text: loop.name }), facts.length ? ` ${facts.join(", ")}` : " is active"));
}
