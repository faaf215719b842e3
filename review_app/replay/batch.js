// A session in a batch: whose it is until when, and, where it is blind, to say first what is right and see then.

const PULSE = 60_000; // ms between signs of life of a page that is looked at
const TICK = 5_000; // ms after which the line about the claim is drawn anew

class BatchCommands extends Commands {
  get isAsked() {
    return this.question?.mask === "asked";
  }

  /** Whether the answer to this step is on its way: what the bot did comes back with the acknowledgement. */
  get isUnderway() {
    return this.isAsked && this.outbox.pending.some(({ type, step }) => type === "step_answered" && step === this.question.id);
  }

  /** Whether nothing can be said of this step now; says why. */
  isBarred() {
    if (this.question?.mask === "withheld") this.say("This step is not shown yet.");
    else if (this.isUnderway) this.say("Saving your answer…");
    else return false;
    return true;
  }

  /** Nothing else can be said of a step that is asked blind before it is answered. */
  isTooEarly() {
    if (this.isAsked) this.say("First say what is right at this step: 1.");
    return this.isAsked;
  }

  yes() {
    if (this.isAsked) return this.answer();
    if (this.session.blind && this.question && !this.fold().judged[this.index].open) return this.advance(); // it stands
    return super.yes();
  }

  wrongAction() {
    return this.isAsked ? this.answer() : super.wrongAction();
  }

  wrongIntent() {
    return this.isAsked ? this.answer() : super.wrongIntent();
  }

  entities() {
    return this.isTooEarly() || super.entities();
  }

  slots() {
    return this.isTooEarly() || super.slots();
  }

  insert() {
    return this.isTooEarly() || super.insert();
  }

  remove() {
    return this.isTooEarly() || super.remove();
  }

  confirmRest() {
    return this.session.blind ? this.say("This session is blind: each step is answered by itself.") : super.confirmRest();
  }

  canDecideMarks() {
    if (this.isUnderway) return void this.say("Saving your answer…");
    return super.canDecideMarks();
  }

  /** What is right here, in the order in which the bot had to find it: intent, entities, action. */
  answer() {
    if (!this.canDecide()) return;
    const { id: step, message, action } = this.question;
    const give = (said, also = () => {}) => {
      this.decide("step_answered", { step, ...said });
      also();
      this.render();
    };
    const askAction = (said) => {
      if (!action) return give(said);
      return openPicker(this.node, {
        title: "What should the bot do next?",
        items: unranked([...this.session.domain.actions, ...this.written()]),
        newWord: "action",
        chosen: (name) => this.withResponse(name, (chosen, also) => give({ ...said, action: chosen }, also)),
      });
    };
    if (!message) return askAction({});
    return openPicker(this.node, {
      title: "What does the user want?",
      note: message.text === null ? null : markedText(beginning(message.text, 300), []),
      items: unranked(this.session.domain.intents),
      newWord: "intent",
      chosen: (intent) => {
        const types = this.session.domain.entities;
        if (!message.text || !types.length) return askAction({ intent });
        return openEntities(this.node, { text: message.text, entities: [], types, saved: (entities) => askAction({ intent, entities }) });
      },
    });
  }

  /** Actions that were named here for the first time. */
  written() {
    return this.fold().standing.flatMap((decision) => (decision.action ? [decision.action] : []));
  }

  // An answer may be several decisions, which are taken back and brought back together.

  undo() {
    const latest = this.fold().standing.at(-1);
    if (latest?.type === "step_answered") return this.say("Saving your answer…");
    super.undo();
    return this.follow("decision_undone", latest, () => this.fold().standing.at(-1));
  }

  redo() {
    const latest = this.fold().undone.at(-1);
    super.redo();
    return this.follow("decision_redone", latest, () => this.fold().undone.at(-1));
  }

  follow(type, first, next) {
    const answer = first?.id.split("~")[0];
    if (!answer || this.fold().submitted) return;
    for (let also = next(); also?.id.split("~")[0] === answer; also = next()) this.decide(type, { decision: also.id });
    this.render();
  }

  // ---- moving, where not everything is there yet

  goTo(index) {
    const target = Math.max(0, Math.min(this.session.questions.length, index));
    this.wanted = null;
    if (this.session.questions[target]?.mask !== "withheld") return super.goTo(target);
    this.wanted = target;
    if (!this.outbox.pending.length) this.say("What follows is not shown before this step is answered.");
    return super.goTo(this.lastShown(target));
  }

  lastShown(from) {
    for (let index = from; index > 0; index--) if (this.session.questions[index]?.mask !== "withheld") return index;
    return 0;
  }

  /** What came to light takes the place of what stood for it. Returns whether anything did. */
  disclose(more) {
    for (const question of more) this.session.questions[question.index] = question;
    return more.length > 0;
  }

  /** Go where the reviewer wanted to, once it is there. */
  arrive() {
    if (this.wanted === null || this.wanted === undefined || this.session.questions[this.wanted]?.mask === "withheld") return;
    this.index = this.wanted;
    this.wanted = null;
    this.jumpedAt = performance.now();
  }

  // ---- the claim

  takeTask(task) {
    this.task = task ?? null;
    this.skew = task ? Date.parse(task.now) - Date.now() : 0;
    this.held ||= task?.state === "mine";
    this.renderTask();
  }

  renderTask() {
    this.header.showTask(this.task, this.claimState());
  }

  /** `mine`, `over` (it was held until now), or `none`. */
  claimState() {
    if (!this.task) return "none";
    const until = this.task.until ? Date.parse(this.task.until) - this.skew : 0;
    if (until > Date.now()) return "mine";
    return this.held && !["done", "skipped"].includes(this.task.state) ? "over" : "none";
  }

  /** Called every few seconds: a page that somebody looks at keeps what it holds. */
  tick() {
    if (!this.task) return;
    this.renderTask();
    const isDue = Date.now() - (this.pulsedAt ?? Date.now()) > PULSE;
    this.pulsedAt ??= Date.now();
    if (!isDue || document.visibilityState !== "visible" || this.claimState() === "none") return;
    this.pulsedAt = Date.now();
    this.pulse = (this.pulse ?? 0) + 1;
    this.report();
  }

  guidelines() {
    const { task } = this;
    if (!task?.guidelines) return this.say("No guidelines were written for this session.");
    return openDialog(this.node, `Guidelines of ${task.batch}, version ${task.guidelines.version}`, () => el("div", { class: "guidelines", tabindex: "0", autofocus: true, dir: "auto" }, prose(task.guidelines.text)));
  }

  later() {
    if (!this.task || this.fold().submitted) return this.say(this.task ? "This review is submitted." : "This session is in no batch of yours.");
    return this.leaveFor("later");
  }

  skipSession() {
    if (!this.task || this.fold().submitted) return this.say(this.task ? "This review is submitted." : "This session is in no batch of yours.");
    return openChoice(this.node, "Skip this session: why?", [el("p", { text: "It is left to others." })], this.task.skips.map(([reason, label]) => [label, () => this.leaveFor(`skip:${reason}`)]));
  }
}

/** Names to choose from in the order of the labels: nothing tells what the model thought. */
function unranked(names) {
  return [...new Set(names)].sort((one, other) => (one < other ? -1 : 1)).map((name) => ({ name, p: null }));
}
