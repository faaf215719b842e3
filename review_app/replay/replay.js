// The replay: holds the session, answers key presses at once, lets the outbox do the rest.

const DECISION_WITHOUT_STEP = new Set(["decision_undone", "decision_redone", "review_submitted", "review_reopened"]);

class Replay {
  constructor(parent) {
    this.panel = new Panel((id) => this.run(id));
    this.transcript = new Transcript((index) => this.goTo(index));
    this.header = this.buildHeader();
    this.alert = el("div", { class: "alert", role: "alert", hidden: true });
    this.toasts = el("div", { class: "toasts", role: "status" });
    this.voice = el("div", { class: "voice", "aria-live": "polite" });
    this.node = el("div", { class: "replay", tabindex: "-1" }, this.header, this.alert, el("div", { class: "columns" }, this.transcript.node, this.panel.node), this.toasts, this.voice);
    parent.append(this.node);
    this.index = 0;
    this.stored = [];
    this.review = null;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("keydown", (event) => this.pressed(event), { signal, capture: true });
    window.addEventListener("resize", () => this.fit(), { signal });
    window.addEventListener("beforeunload", (event) => this.outbox?.homeless && this.outbox.pending.length && event.preventDefault(), { signal });
  }

  end() {
    this.listeners.abort();
    this.outbox?.stop();
    clearTimeout(this.urlTimer);
    clearTimeout(this.voiceTimer);
    this.node.remove();
  }

  // ---- what arrives from the server

  /** Take what a rerun brought: the session (once), the review, acknowledgements and refusals. */
  take({ session, review, start }, { setStateValue, setTriggerValue }) {
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    const isNew = session && session.key !== this.session?.key;
    if (isNew) this.load(session);
    if (!this.session) return this.report();
    const before = this.ids();
    this.takeReview(review);
    // An acknowledgement changes nothing that stands: then only the line that says so is drawn.
    const isOther = isNew || !same(before, this.ids());
    if (isOther) this.review = null;
    if (isNew) this.begin(start);
    if (isOther) this.render();
    else this.renderStatus();
    if (session && !isNew) this.outbox.again();
    if (this.leaving && !this.outbox.pending.length) this.leave();
    return undefined;
  }

  load(session) {
    const before = this.session;
    this.session = session;
    this.transcript.load(session);
    this.fit();
    if (before?.session === session.session && before.annotator === session.annotator) return;
    this.stored = [];
    const place = `${session.session}:${session.annotator}`;
    this.outbox?.stop();
    this.outbox = new Outbox(place, () => this.report(), () => this.renderStatus());
  }

  /** Tell the server what is here: which session, how many decisions of the review, and what is not acknowledged. */
  report() {
    this.setState("outbox", {
      have: this.session?.key ?? null,
      count: this.stored.length,
      attempt: this.outbox?.attempt ?? 0,
      decisions: this.outbox?.pending ?? [],
    });
  }

  takeReview(review) {
    const list = [...this.stored.slice(0, review.from), ...review.decisions];
    if (list.length >= this.stored.length && review.from <= this.stored.length) this.stored = list;
    this.position = Math.max(this.position ?? 0, review.position);
    this.outbox.reason = review.error ?? "";
    const done = new Set([...this.stored.map(({ id }) => id), ...review.acked]);
    const refused = review.refused.filter(({ id }) => this.outbox.pending.some((decision) => decision.id === id));
    const lost = refused.map(({ id, reason }) => ({ reason, decision: this.outbox.pending.find((decision) => decision.id === id) }));
    refused.forEach(({ id }) => done.add(id));
    this.outbox.settle((id) => done.has(id));
    if (lost.length) this.tellRefused(lost);
  }

  /** The first screen of a session: where the address says, else the first undecided step. */
  begin(start) {
    const questions = this.session.questions;
    const named = questions.findIndex(({ id, message }) => id === start || message?.id === start);
    const open = this.fold().judged.findIndex((each) => each.open);
    const kept = this.index && this.here ? questions.findIndex(({ id }) => id === this.here) : -1;
    this.index = [kept, named, open].find((index) => index >= 0) ?? questions.length;
    this.resume(this.outbox.leftovers().filter(({ id }) => !this.stored.some((decision) => decision.id === id)));
    this.report();
  }

  /** Send again what an earlier page had not saved; ask where something else was stored meanwhile. */
  resume(leftovers) {
    if (!leftovers.length) return;
    const counts = new Map();
    const isCurrent = leftovers.every((decision) => {
      if (DECISION_WITHOUT_STEP.has(decision.type)) return true;
      const question = this.questionOf(decision.step);
      if (!question) return false;
      const current = this.fold().version(question) + (counts.get(question.id) ?? 0);
      stepsOf(decision).forEach((step) => counts.set(step, (counts.get(step) ?? 0) + 1));
      return decision.made_on === current;
    });
    if (isCurrent) {
      this.outbox.add(...leftovers);
      this.review = null;
      this.say(`${plural(leftovers.length, "decision")} of an earlier visit had not been saved and ${leftovers.length === 1 ? "is" : "are"} being sent again.`);
    } else this.askAboutLeftovers(leftovers);
  }

  askAboutLeftovers(leftovers) {
    const content = [
      el("p", { text: "These decisions of an earlier visit were not saved, and something else was stored for these steps since:" }),
      el("ul", {}, leftovers.slice(0, 20).map((decision) => el("li", { dir: "auto", text: this.describe(decision) }))),
    ];
    openChoice(this.node, "Not saved on your last visit", content, [
      ["Keep what is stored, drop these", () => this.render()],
      ["Decide as listed here after all", () => this.decideAgain(leftovers)],
    ]);
  }

  decideAgain(leftovers) {
    for (const { id: _id, made_on: _madeOn, type, ...fields } of leftovers) {
      if (DECISION_WITHOUT_STEP.has(type) || !this.questionOf(fields.step)) continue;
      this.decide(type, fields);
    }
    this.render();
  }

  tellRefused(lost) {
    const place = this.questionOf(lost[0].decision.step);
    if (place) this.index = this.session.questions.indexOf(place);
    this.alert.replaceChildren(
      el("strong", { text: `Not saved: ${plural(lost.length, "decision")}. ` }),
      el("ul", {}, lost.slice(0, 5).map(({ decision, reason }) => el("li", { dir: "auto", text: `${this.describe(decision)}. ${reason}` }))),
      el("button", { type: "button", class: "close", "aria-label": "Dismiss", text: "×", on: { click: () => this.dismiss() } }),
    );
    this.alert.hidden = false;
  }

  dismiss() {
    this.alert.hidden = true;
    this.node.focus();
  }

  describe(decision) {
    const question = this.questionOf(decision.step);
    const where = question ? `Step ${this.session.questions.indexOf(question) + 1}: ` : "";
    const what = decision.action ?? decision.intent ?? decision.text ?? decision.flag ?? (decision.name ? `${decision.name} = ${valueText(decision.value)}` : "");
    return `${where}${decision.type.replaceAll("_", " ")}${what ? ` ${beginning(String(what), 80)}` : ""}`;
  }

  // ---- what stands

  /** What is stored, then what is on its way. */
  decisions() {
    return [...this.stored, ...this.outbox.pending];
  }

  ids() {
    return this.decisions().map(({ id }) => id);
  }

  fold() {
    this.review ??= foldReview(this.session, this.decisions());
    return this.review;
  }

  get question() {
    return this.session.questions[this.index] ?? null;
  }

  questionOf(step) {
    return this.session.questions.find(({ id, message }) => id === step || message?.id === step) ?? null;
  }

  // ---- deciding

  /** Take one decision; it stands at once and is sent in the background. */
  decide(type, fields = {}) {
    const decision = { id: newId(), type, ...fields };
    if (!DECISION_WITHOUT_STEP.has(type)) decision.made_on = this.fold().version(this.questionOf(fields.step));
    this.outbox.add(decision);
    this.review = null;
    return decision;
  }

  /** Whether the current step can be decided; says why not. */
  canDecide() {
    if (!this.question) return false;
    const { submitted, judged } = this.fold();
    const { course } = judged[this.index];
    if (submitted) this.say("This review is submitted. O reopens it.");
    else if (course === "hypothetical") this.say("This step is hypothetical. T: the rest still holds. X: cut here.");
    else if (course === "cut") this.say("This part is cut. T: the rest still holds. U takes the cut back.");
    else return true;
    return false;
  }

  run(id) {
    if (!this.session) return;
    this[id]();
    if (!this.node.querySelector("dialog")) this.node.focus({ preventScroll: true });
  }

  pressed(event) {
    const name = keyName(event);
    const command = BY_KEY.get(name);
    if (!command || !this.session || isTyping(focused(), event.key) || this.node.querySelector("dialog")) return;
    event.preventDefault();
    if (event.repeat && !REPEATABLE.has(command.id)) return;
    this.run(command.id);
  }

  yes() {
    if (!this.canDecide()) return;
    const { answer } = this.fold().judged[this.index];
    if (!answer.confirmed) this.decide("step_confirmed", { step: this.question.id });
    this.advance();
  }

  wrongAction() {
    if (!this.canDecide()) return;
    if (!this.question.action) return this.say("No action followed this message. 3: the intent is wrong.");
    this.askAction("What is the next action of the bot?", (action, also) => this.correctAction(action, also));
  }

  askAction(title, chosen, note = null) {
    const { action } = this.question;
    const written = this.fold().standing.flatMap((decision) => (decision.action ? [decision.action] : []));
    openPicker(this.node, {
      title,
      note,
      items: rankedItems([...this.session.domain.actions, ...written], action?.predictions[0]?.ranking),
      recorded: action?.name,
      newWord: "action",
      chosen: (name) => this.withResponse(name, chosen),
    });
  }

  /** A new `utter_…` needs a text before it can be used. */
  withResponse(name, chosen) {
    const { actions, responses } = this.session.domain;
    const isWritten = this.fold().standing.some((decision) => decision.type === "response_written" && decision.name === name);
    if (!name.startsWith("utter_") || actions.includes(name) || name in responses || isWritten) return chosen(name);
    const step = this.question.id;
    return openEditor(this.node, {
      title: `What should ${name} say?`,
      label: "Text of the response",
      value: "",
      check: (text) => (text.trim() ? "" : "A response needs a text."),
      saved: (text) => {
        chosen(name, () => this.decide("response_written", { step, name, text: text.trim() }));
      },
    });
  }

  correctAction(action, also = () => {}) {
    const { id: step, action: recorded } = this.question;
    if (action === recorded?.name) this.decide("step_confirmed", { step });
    else this.decide("action_corrected", { step, action });
    also();
    this.advance();
  }

  wrongIntent() {
    if (!this.canDecide()) return;
    const { message } = this.question;
    if (!message) return this.say("This step answers no message of its own. 2: the action is wrong.");
    openPicker(this.node, {
      title: "What intent is it?",
      note: message.text === null ? null : markedText(beginning(message.text, 300), []),
      items: rankedItems(this.session.domain.intents, message.predictions[0]?.ranking),
      recorded: message.intent,
      newWord: "intent",
      chosen: (intent) => {
        this.correctIntent(intent);
        if (message.text) this.askEntities(() => this.askActionAgain());
        else this.askActionAgain();
      },
    });
  }

  correctIntent(intent) {
    const { message } = this.question;
    const now = this.fold().judged[this.index].message.intent ?? message.intent;
    if (intent !== now) this.decide("intent_corrected", { step: message.id, intent });
    this.render();
  }

  /** After a corrected message: the slots as they would be filled, and the action once more. */
  askActionAgain() {
    if (!this.question.action) return this.advance();
    const { judged } = this.fold();
    const changes = [...slotsAt(this.session, judged, this.index)].filter(([, { fresh }]) => fresh);
    const note = changes.length ? el("p", { class: "hint", dir: "auto" }, "Slots now: ", changes.map(([name, { value }]) => `${name} = ${beginning(valueText(value), 80)}`).join(", ")) : null;
    return this.askAction("And then: what is the next action of the bot?", (action, also) => this.correctAction(action, also), note);
  }

  entities() {
    if (!this.canDecide()) return;
    if (!this.question.message?.text) return this.say("There is no message text at this step.");
    this.askEntities(() => this.render());
  }

  askEntities(then) {
    const { message } = this.question;
    const now = this.fold().judged[this.index].message.entities ?? message.entities;
    openEntities(this.node, {
      text: message.text,
      entities: now,
      types: this.session.domain.entities,
      saved: (entities) => {
        if (!same(entities, now)) this.decide("entities_corrected", { step: message.id, entities });
        this.render();
        then();
      },
    });
  }

  slots() {
    if (!this.canDecide()) return;
    const { judged } = this.fold();
    const names = [...new Set([...slotsAt(this.session, judged, this.index).keys(), ...this.session.domain.slots])];
    const step = this.question.id;
    const correct = (name) => {
      const value = slotAfter(this.session, judged, this.index, name);
      openEditor(this.node, {
        title: `${name} after this step`,
        about: "A JSON value, or plain text. Empty: no value.",
        label: `Value of ${name}`,
        value: value === null ? "" : valueText(value),
        check: (text) => readValue(text).problem ?? "",
        saved: (text) => {
          this.decide("slot_corrected", { step, name, value: readValue(text).value });
          this.render();
        },
      });
    };
    openPicker(this.node, { title: "Which slot?", items: names.map((name) => ({ name, p: null })), newWord: "slot", chosen: correct });
  }

  insert() {
    if (!this.canDecide()) return;
    const step = this.question.id;
    if (!this.question.action) return this.say("No action followed this message, so none can be inserted before it.");
    this.askAction("Which action is missing before this one?", (action, also = () => {}) => {
      this.decide("action_inserted", { step, action });
      also();
      this.render();
    });
  }

  remove() {
    if (!this.canDecide()) return;
    if (!this.question.action) return this.say("There is no action to remove here.");
    this.decide("action_removed", { step: this.question.id });
    this.advance();
  }

  cut() {
    if (!this.question) return;
    const { judged, submitted } = this.fold();
    if (judged[this.index].course !== "real" && !submitted) return this.skipEpisode();
    if (!this.canDecide()) return;
    this.decide("session_cut", { step: this.question.id });
    this.skipEpisode();
  }

  /** On to the next episode: what is cut or hypothetical needs no decision. */
  skipEpisode() {
    const { questions } = this.session;
    const { episode } = this.question;
    const next = questions.findIndex((question, index) => index > this.index && question.episode !== episode);
    this.goTo(next < 0 ? questions.length : next);
  }

  keepRest() {
    if (!this.question) return;
    const { judged, submitted } = this.fold();
    const { course, since } = judged[this.index];
    if (submitted) return this.say("This review is submitted. O reopens it.");
    const at = course === "real" ? this.index : since;
    const question = this.session.questions[at];
    const isChange = course === "cut" || changesCourse(question, judged[at].answer);
    if (!isChange || (course === "real" && judged[at].answer.kept)) return this.say("Nothing is cut or hypothetical here.");
    this.decide("rest_kept", { step: question.id });
    this.render();
  }

  unsure() {
    if (!this.canDecide()) return;
    if (!this.fold().judged[this.index].answer.unsure) this.decide("step_unsure", { step: this.question.id });
    this.advance();
  }

  skip() {
    if (!this.canDecide()) return;
    if (!this.fold().judged[this.index].answer.skipped) this.decide("step_skipped", { step: this.question.id });
    this.advance();
  }

  note() {
    if (!this.canDecideMarks()) return;
    const step = this.question.id;
    openEditor(this.node, {
      title: "Note",
      about: "For people; an empty note takes it away.",
      label: "Note on this step",
      value: this.fold().judged[this.index].answer.note,
      saved: (text) => {
        this.decide("step_noted", { step, text: text.trim() });
        this.render();
      },
    });
  }

  flag() {
    if (!this.canDecideMarks()) return;
    const step = this.question.id;
    const take = (flag) => () => {
      this.decide("step_flagged", { step, flag });
      this.render();
    };
    const flags = [["Bug in the bot", "bug"], ["Privacy: personal data", "privacy"], ["Guideline is missing or unclear", "guideline"], ["Other", "other"], ["No flag", ""]];
    openChoice(this.node, "Flag this step", [], flags.map(([label, flag]) => [label, take(flag)]));
  }

  /** Notes and flags are also welcome on what is cut or hypothetical. */
  canDecideMarks() {
    if (this.fold().submitted) this.say("This review is submitted. O reopens it.");
    return Boolean(this.question) && !this.fold().submitted;
  }

  undo() {
    const { standing, submitted } = this.fold();
    const latest = standing.at(-1);
    if (submitted) return this.say("This review is submitted. O reopens it.");
    if (!latest) return this.say("There is nothing to undo.");
    this.decide("decision_undone", { decision: latest.id });
    this.say(`Undone: ${this.describe(latest)}.`);
    this.showStep(latest.step);
  }

  redo() {
    const { undone, submitted } = this.fold();
    const latest = undone.at(-1);
    if (submitted) return this.say("This review is submitted. O reopens it.");
    if (!latest) return this.say("There is nothing to redo.");
    this.decide("decision_redone", { decision: latest.id });
    this.say(`Redone: ${this.describe(latest)}.`);
    this.showStep(latest.step);
  }

  showStep(step) {
    const question = this.questionOf(step);
    if (question) this.index = this.session.questions.indexOf(question);
    this.render();
  }

  confirmRest() {
    if (this.fold().submitted) return this.say("This review is submitted. O reopens it.");
    const open = this.openSteps(this.index);
    if (!open.length) return this.say("There is nothing left to confirm from here on.");
    this.decide("rest_confirmed", { step: open[0], steps: open });
    this.say(`${plural(open.length, "step")} confirmed. U takes it back.`);
    this.goTo(this.session.questions.length);
  }

  openSteps(from = 0) {
    const { judged } = this.fold();
    return this.session.questions.filter((_, index) => index >= from && judged[index].open).map(({ id }) => id);
  }

  // ---- submitting and leaving

  submit() {
    if (!this.session.questions.length) return this.say("There is nothing to review in this session.");
    if (this.fold().submitted) return this.say("This review is submitted already. O reopens it, G goes to the next session.");
    const open = this.openSteps();
    if (!open.length) return this.send();
    openChoice(this.node, `${plural(open.length, "step")} not decided yet`, [el("p", { text: "Each session becomes a story up to the first step that nobody decided." })], [
      [`Confirm ${open.length === 1 ? "it" : "them all"} and submit`, () => (this.decide("rest_confirmed", { step: open[0], steps: open }), this.send())],
      ["Go to the first of them", () => this.showStep(open[0])],
      ["Submit as it is", () => this.send()],
    ]);
    return undefined;
  }

  send() {
    this.decide("review_submitted", { session_version: this.session.version });
    this.say("Submitted.");
    this.goTo(this.session.questions.length);
  }

  reopen() {
    if (!this.fold().submitted) return this.say("This review is not submitted.");
    this.decide("review_reopened");
    this.say("Reopened.");
    this.render();
  }

  nextSession() {
    this.leaving = true;
    if (!this.outbox.pending.length) return this.leave();
    this.say("Saving first…");
    this.renderStatus();
    return undefined;
  }

  leave() {
    this.leaving = false;
    this.trigger("go", "next");
  }

  // ---- moving

  forward() {
    this.goTo(this.index + 1);
  }

  back() {
    this.goTo(this.index - 1);
  }

  first() {
    this.goTo(0);
  }

  last() {
    this.goTo(this.session.questions.length);
  }

  nextOpen() {
    const { judged } = this.fold();
    const after = judged.findIndex((each, index) => index > this.index && each.open);
    const found = after >= 0 ? after : judged.findIndex((each) => each.open);
    if (found < 0) this.say("Every step is decided.");
    this.goTo(found < 0 ? this.session.questions.length : found);
  }

  advance() {
    this.goTo(this.index + 1);
  }

  goTo(index) {
    this.index = Math.max(0, Math.min(this.session.questions.length, index));
    this.render();
  }

  help() {
    openKeySheet(this.node);
  }

  // ---- drawing

  render() {
    const review = this.fold();
    this.here = this.question?.id ?? null;
    this.transcript.show(this.index, review.judged);
    if (this.question) this.panel.question(this.stateOfQuestion(review));
    else this.panel.end(this.session, review);
    this.renderHeader(review);
    this.renderStatus();
    this.transcript.reveal();
    this.announce();
    this.writeAddress();
  }

  stateOfQuestion(review) {
    const judged = review.judged[this.index];
    return {
      question: this.question,
      judged,
      submitted: review.submitted,
      sinceNumber: judged.since === null ? null : judged.since + 1,
      slots: slotsAt(this.session, review.judged, this.index),
    };
  }

  buildHeader() {
    this.title = el("span", { class: "title", dir: "auto" });
    this.place = el("span", { class: "place" });
    this.tally = el("span", { class: "tally" });
    this.progress = el("div", { class: "progress", role: "progressbar", "aria-label": "Decided steps", "aria-valuemin": "0" });
    this.status = el("span", { class: "status", role: "status" });
    const tool = (id, label, look = "tool") => this.panel.button(id, label, { class: look });
    return el(
      "header",
      { class: "head" },
      el("div", { class: "line" }, this.title, this.place, this.tally, el("span", { class: "space" }), this.status, el("span", { class: "tools" }, tool("undo", "Undo"), tool("redo", "Redo"), tool("submit", "Submit", "tool strong"), tool("nextSession", "Next"), tool("help", "Keys"))),
      this.progress,
    );
  }

  renderHeader({ judged, submitted }) {
    const { session, source, started, questions } = this.session;
    const decided = judged.filter(({ open }) => !open).length;
    const corrected = judged.filter(({ status }) => status === "corrected" || status === "removed").length;
    setText(this.title, session);
    this.title.title = [session, source, started?.slice(0, 16).replace("T", " ")].filter(Boolean).join(" · ");
    setText(this.place, questions.length === 0 ? "no steps" : this.question ? `step ${this.index + 1} of ${questions.length}` : `all ${plural(questions.length, "step")}`);
    setText(this.tally, [`${decided} decided`, corrected && `${corrected} corrected`, submitted && "submitted"].filter(Boolean).join(" · "));
    this.progress.setAttribute("aria-valuemax", String(questions.length));
    this.progress.setAttribute("aria-valuenow", String(decided));
    this.progress.style.backgroundImage = stripes(judged);
    this.progress.style.setProperty("--here", `${(100 * this.index) / Math.max(1, questions.length)}%`);
  }

  renderStatus() {
    const { pending, reason, late } = this.outbox;
    const count = pending.length;
    let [kind, words] = ["saved", this.position ? `saved · event ${this.position}` : "nothing to save yet"];
    if (count && reason) [kind, words] = ["failed", `not saved yet: ${count} (${reason})`];
    else if (count && late) [kind, words] = ["failed", `not saved yet: ${count}`];
    else if (count) [kind, words] = ["saving", "saving…"];
    else if (reason) [kind, words] = ["failed", reason];
    this.status.className = `status ${kind}`;
    setText(this.status, words);
  }

  /** Say something in passing, on the screen and to a screen reader. */
  say(words) {
    const toast = el("div", { class: "toast", text: words });
    this.toasts.replaceChildren(toast);
    setTimeout(() => toast.remove(), 5000);
  }

  announce() {
    clearTimeout(this.voiceTimer);
    this.voiceTimer = setTimeout(() => {
      const question = this.question;
      const asked = question ? (this.panel.node.querySelector("h2")?.textContent ?? "") : "End of the session.";
      const message = question?.message?.text ? `User: ${beginning(question.message.text, 200)}. ` : "";
      setText(this.voice, question ? `Step ${this.index + 1} of ${this.session.questions.length}. ${message}${asked}` : asked);
    }, 200);
  }

  /** The address names the step, so that a reload or a link comes back to it. */
  writeAddress() {
    clearTimeout(this.urlTimer);
    this.urlTimer = setTimeout(() => {
      const address = new URL(window.location.href);
      if (this.here) address.searchParams.set("step", this.here);
      else address.searchParams.delete("step");
      if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address);
    }, 500);
  }

  /** The columns reach to the lower edge of the window. */
  fit() {
    const above = this.node.getBoundingClientRect().top + window.scrollY;
    this.node.style.setProperty("--above", `${Math.round(Math.max(0, above))}px`);
  }
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The progress bar: one stripe for each run of steps of the same kind. */
function stripes(judged) {
  const colour = ({ status, course }) => `var(--c-${status === "open" && course !== "real" ? "void" : status})`;
  const stops = [];
  judged.forEach((each, index) => {
    const tint = colour(each);
    if (stops.at(-1)?.tint === tint) stops.at(-1).to = index + 1;
    else stops.push({ tint, from: index, to: index + 1 });
  });
  const at = (index) => `${((100 * index) / judged.length).toFixed(2)}%`;
  return stops.length ? `linear-gradient(to right, ${stops.map(({ tint, from, to }) => `${tint} ${at(from)} ${at(to)}`).join(", ")})` : "none";
}

/** Called at every rerun; what must survive reruns hangs on the element. */
export default function mount(component) {
  const { parentElement, data } = component;
  parentElement.replay ??= new Replay(parentElement);
  parentElement.replay.take(data, component);
  // Streamlit also cleans up after a call that a newer rerun overtook: end only what has left the page.
  return () =>
    setTimeout(() => {
      if (parentElement.isConnected) return;
      parentElement.replay?.end();
      delete parentElement.replay;
    }, 500);
}
