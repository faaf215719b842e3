// What the keys of the registry do: one method for each command, and the dialogs that some of them open.

class Commands {
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
    if (this.fold().submitted) return this.task ? this.nextSession() : this.say("This review is submitted already. O reopens it, G goes to the next session.");
    const open = this.openSteps();
    if (!open.length) return this.send();
    const confirmed = [`Confirm ${open.length === 1 ? "it" : "them all"} and submit`, () => (this.decide("rest_confirmed", { step: open[0], steps: open }), this.send())];
    openChoice(this.node, `${plural(open.length, "step")} not decided yet`, [el("p", { text: "Each session becomes a story up to the first step that nobody decided." })], [
      ...(this.session.blind ? [] : [confirmed]),
      ["Go to the first of them", () => this.showStep(open[0])],
      ["Submit as it is", () => this.send()],
    ]);
  }

  send() {
    this.decide("review_submitted", { session_version: this.session.version });
    this.say(this.task ? "Submitted. Enter goes to the next session." : "Submitted.");
    this.goTo(this.session.questions.length);
  }

  reopen() {
    if (!this.fold().submitted) return this.say("This review is not submitted.");
    this.decide("review_reopened");
    this.say("Reopened.");
    this.render();
  }

  nextSession() {
    this.leaveFor("next");
  }

  /** Leave the page for what the server is asked to do, once everything is saved. */
  leaveFor(what) {
    this.leaving = what;
    if (!this.outbox.pending.length) return this.leave();
    this.say("Saving first…");
    this.renderStatus();
  }

  leave() {
    const what = this.leaving;
    this.leaving = null;
    this.leftAt = leftLast = performance.now();
    this.trigger("go", what);
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
}
