// The replay: holds the session, answers key presses at once, lets the outbox do the rest.

const ONLY_LOOKING = "You may look; deciding takes the role annotator.";
const DECIDING = new Set(["Answer", "Correct"]); // groups of commands
const READING = 800; // ms after a jump that the annotator did not make, in which no key decides
const ARRIVING = 15_000; // ms after one session was left in which the next one comes up by that
const LEAVING = 3000; // ms in which this session may still be shown beside the next one, and takes no key
const DECISION_WITHOUT_STEP = new Set(["decision_undone", "decision_redone", "review_submitted", "review_reopened"]);

let leftLast = -Infinity; // when a session was left for another one on this page

class Replay extends GuideCommands {
  constructor(parent) {
    super();
    this.panel = new Panel((id) => this.run(id), this.guide.node);
    this.transcript = new Transcript((index) => this.goTo(index));
    this.header = new Header(this.panel);
    this.alert = el("div", { class: "alert", role: "alert", hidden: true });
    this.toasts = el("div", { class: "toasts", role: "status" });
    this.voice = el("div", { class: "voice", "aria-live": "polite" });
    this.node = el("div", { class: "replay", tabindex: "-1" }, this.header.node, this.alert, el("div", { class: "columns" }, this.transcript.node, this.panel.node), this.toasts, this.voice);
    parent.append(this.node);
    this.index = 0;
    this.jumpedAt = this.openedAt = this.leftAt = -Infinity;
    this.stored = [];
    this.review = null;
    this.remarks = this.noted = null;
    this.may = { decide: true, comment: true };
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("keydown", (event) => this.pressed(event), { signal, capture: true });
    this.ticking = setInterval(() => this.tick(), TICK);
    document.addEventListener("visibilitychange", () => this.tick(), { signal });
    window.addEventListener("resize", () => this.fit(), { signal });
    window.addEventListener("beforeunload", (event) => this.outbox?.homeless && this.outbox.pending.length && event.preventDefault(), { signal });
  }

  end() {
    this.listeners.abort();
    this.outbox?.stop();
    clearInterval(this.ticking);
    clearTimeout(this.urlTimer);
    clearTimeout(this.voiceTimer);
    this.node.remove();
  }

  // ---- what arrives from the server

  /** Take what a rerun brought: the session (once), the review, acknowledgements and refusals. */
  take({ session, review, start, task, remarks, may, guide }, { setStateValue, setTriggerValue }) {
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    const isNew = session && session.key !== this.session?.key;
    if (isNew) this.load(session, guide ?? false);
    if (!this.session) return this.report();
    const before = this.ids();
    const isAllowed = this.allow(may ?? this.may);
    // A server that was started again sends the whole session, with what came to light while nobody heard of it.
    const isMore = this.disclose(session && !isNew ? session.questions.filter(({ index, mask }) => mask !== this.session.questions[index]?.mask) : (review.more ?? []));
    this.takeReview(review);
    this.takeTask(task);
    // An acknowledgement changes nothing that stands: then only the line that says so is drawn.
    const isNoted = this.takeRemarks(remarks);
    const isOther = isNew || isMore || isAllowed || isNoted || !same(before, this.ids());
    if (isOther) this.review = this.noted = null;
    if (isNew) this.begin(start);
    if (isMore) this.arrive();
    if (isOther) this.render();
    else this.renderStatus();
    if (session && !isNew) this.outbox.again();
    if (this.leaving && !this.outbox.pending.length) this.leave();
  }

  load(session, guide) {
    const before = this.session;
    this.session = session;
    this.transcript.load(session);
    this.fit();
    if (before?.session === session.session && before.annotator === session.annotator) return;
    this.openedAt = performance.now(); // keys that are still pressed were meant for what was here before
    if (this.openedAt - leftLast < ARRIVING) this.jumpedAt = this.openedAt;
    this.stored = [];
    this.remarks = null;
    this.guided = guide;
    const place = JSON.stringify([session.session, session.annotator]);
    this.outbox?.stop();
    this.outbox = new Outbox(place, () => this.report(), () => this.renderStatus());
  }

  /** Tell the server what is here: which session, how many decisions of the review, and what is not acknowledged. */
  report() {
    this.setState("outbox", {
      have: this.session?.key ?? null,
      count: this.stored.length,
      asked: this.session?.blind ? this.session.questions.filter(({ mask }) => mask === "asked").map(({ index }) => index) : null,
      noted: this.remarks?.key ?? null,
      pulse: this.pulse ?? 0,
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
    if (this.question?.mask === "withheld") this.index = this.lastShown(this.index);
    // No report yet: it would rerun the page, which may be left already. The first decisions say what is here.
    this.resume(this.outbox.leftovers().filter(({ id }) => !this.stored.some((decision) => decision.id === id)));
  }

  /** Send again what an earlier page had not saved; ask where something else was stored meanwhile. */
  resume(left) {
    const leftovers = left.filter((each) => !isRemark(each));
    if (left.length > leftovers.length) this.outbox.add(...left.filter(isRemark));
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
    if (place) {
      this.index = this.session.questions.indexOf(place);
      this.jumpedAt = performance.now();
    }
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
    const what = decision.action ?? decision.intent ?? decision.text ?? decision.flag ?? decision.tag ?? (decision.name ? `${decision.name} = ${valueText(decision.value)}` : "");
    return `${where}${decision.type.replaceAll("_", " ")}${what ? ` ${beginning(String(what), 80)}` : ""}`;
  }

  // ---- what stands

  /** What is stored, then what is on its way. */
  decisions() {
    return [...this.stored, ...this.outbox.pending.filter((each) => !isRemark(each))];
  }

  /** Of all that is there, remarks on their way included. */
  ids() {
    return [...this.stored, ...this.outbox.pending].map(({ id }) => id);
  }

  /** What the person may do here; the server refuses the rest anyway. Returns whether it has changed. */
  allow(may) {
    const isOther = !same(may, this.may);
    this.may = may;
    this.header.allow(may);
    return isOther;
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
    if (!this.question || this.isBarred()) return false;
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
    this.openedAt = -Infinity;
    if (!this.may.decide && !LOOKING.has(id)) this.say(ONLY_LOOKING);
    else this[id]();
    if (!this.node.querySelector("dialog")) this.node.focus({ preventScroll: true });
  }

  pressed(event) {
    const name = keyName(event);
    const command = BY_KEY.get(name);
    if (!command || !this.session || performance.now() - this.leftAt < LEAVING || isTyping(focused(), event.key) || this.node.querySelector("dialog")) return;
    event.preventDefault();
    if (event.repeat && !REPEATABLE.has(command.id)) return;
    // The press was meant for the step that was here before the screen jumped: nobody can have read this one.
    if (DECIDING.has(command.group) && performance.now() - this.jumpedAt < READING) return this.say("The screen went to this step by itself: look at it first.");
    if (command.id === "submit" && performance.now() - this.openedAt < READING) return this.say("This session has just come up: look at it first.");
    this.run(command.id);
    return undefined;
  }

  // ---- drawing

  render() {
    const review = this.fold();
    this.here = this.question?.id ?? null;
    const notes = this.notes();
    this.renderGuide(review);
    this.transcript.show(this.index, review.judged, notes.at);
    if (this.question) this.panel.question(this.stateOfQuestion(review));
    else this.panel.end(this.session, review, this.may, notes.at.get(null) ?? [], (comment) => this.ownComment(comment));
    this.header.show(this.session, this.index, review);
    this.header.showNotes(notes, this.may, (tag) => this.untag(tag));
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
      blind: this.session.blind,
      sinceNumber: judged.since === null ? null : judged.since + 1,
      may: this.may,
      comments: this.notes().at.get(this.index) ?? [],
      hidden: !this.notes().all,
      own: (comment) => this.ownComment(comment),
      slots: slotsAt(this.session, review.judged, this.index),
    };
  }

  /** Say something in passing, on the screen and to a screen reader. */
  say(words) {
    const toast = el("div", { class: "toast", text: words });
    this.toasts.replaceChildren(toast);
    setTimeout(() => toast.remove(), 5000);
  }

  renderStatus() {
    this.header.showStatus(this.outbox, this.position);
  }

  announce() {
    clearTimeout(this.voiceTimer);
    this.voiceTimer = setTimeout(() => {
      const question = this.question;
      const asked = question ? (this.panel.node.querySelector("h2")?.textContent ?? "") : "End of the session.";
      const message = question?.message?.text ? `User: ${beginning(question.message.text, 200)}. ` : "";
      setText(this.voice, (question ? `Step ${this.index + 1} of ${this.session.questions.length}. ${message}${asked}` : asked) + this.guide.said);
    }, 200);
  }

  /** The address names the step, so that a reload or a link comes back to it. */
  writeAddress() {
    clearTimeout(this.urlTimer);
    this.urlTimer = setTimeout(() => {
      const address = new URL(window.location.href);
      if (address.searchParams.get("session") !== this.session.session) return; // another page by now
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
