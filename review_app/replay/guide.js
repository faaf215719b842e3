// Hints for a first session: one at a time, beside the question, of what can be done next.

const LONGEST_QUOTE = 60; // characters of a message that a hint repeats
const LESSON_OF = {
  step_confirmed: "confirm",
  rest_confirmed: "confirm",
  step_answered: "confirm",
  action_corrected: "correct",
  action_removed: "correct",
  action_inserted: "correct",
  intent_corrected: "intent",
  entities_corrected: "entities",
  step_noted: "mark",
  step_flagged: "mark",
};

/** In the order in which they are taught; each fits some questions. `words`: pieces of a sentence. */
const LESSONS = [
  { id: "confirm", fits: () => true, words: confirmWords },
  { id: "correct", fits: ({ action }) => Boolean(action), words: () => ["Where the bot was wrong, ", key("wrongAction"), " changes what it did: pick by a number, or type a part of the name. What came after is left out then, since the user might have said something else."] },
  { id: "intent", fits: ({ message }) => Boolean(message), words: ({ question }) => ["The message was understood as ", strong(question.message.intent ?? "nothing"), ", and that is judged too. If it means something else, press ", key("wrongIntent"), "; what the bot should do is asked next."] },
  { id: "entities", fits: ({ message }, { domain }) => Boolean(message?.text) && domain.entities.length > 0, words: ({ session }) => [`Words that the bot has to pick out of a message (${session.domain.entities.slice(0, 3).join(", ")}) are marked in it. If one is missing or wrong, press `, key("entities"), "."] },
  { id: "mark", fits: () => true, words: () => ["If you cannot tell, press ", key("unsure"), ". ", key("note"), " writes a note on the step, ", key("comment"), " a comment to the others, ", key("flag"), " flags a bug or personal data."] },
];
/** Of a blind session: nothing in them tells what the bot made of it. */
const BLIND_LESSONS = [
  { id: "confirm", fits: () => true, words: ({ question }) => ["This session is blind: you do not see yet what the bot did. Press ", key("yes"), " and say ", question.message ? "what the user wants and what a good bot would do next." : "what a good bot would do next.", " Then it is shown beside your answer."] },
  { id: "mark", fits: () => true, words: LESSONS.at(-1).words },
];

const key = (id) => kbd(KEY_OF[id]);
const strong = (text) => el("strong", { dir: "auto", text });

/** What the bot did, and how to say whether that was right. */
function confirmWords({ question: { message, action } }) {
  const text = message?.text ? beginning(message.text, LONGEST_QUOTE) + (message.text.length > LONGEST_QUOTE ? "…" : "") : "";
  const quote = text ? [el("span", { class: "quote" }, " after “", el("span", { dir: "auto", text }), "”")] : [];
  if (!action) return ["The bot understood ", strong(message?.intent ?? "nothing"), quote, " and did nothing more. If that is what was meant, press ", key("yes"), ". If not, press ", key("wrongIntent"), " and pick what was meant."];
  const did = action.name === "action_listen" ? ["waited for the user (", strong(action.name), ")"] : ["chose ", strong(action.name)];
  return [message ? "The bot " : "Then the bot ", did, quote, ". If a good bot would do so, press ", key("yes"), ". If not, press ", key("wrongAction"), " and pick the right action."];
}

/** The lesson for this question: the first that fits, was not beside a question that was answered, nor learned by doing. */
function lessonFor(question, session, standing, lessons) {
  const places = new Map(session.questions.flatMap((each) => [[each.id, each], ...(each.message ? [[each.message.id, each]] : [])]));
  const taught = new Set();
  const next = (of) => lessons.find(({ id, fits }) => !taught.has(id) && fits(of, session)) ?? null;
  const seen = new Set([question]);
  for (const { type, step } of standing) {
    const at = places.get(step);
    if (at && !seen.has(at)) taught.add(next(at)?.id);
    seen.add(at);
    taught.add(LESSON_OF[type]);
  }
  return next(question);
}

/** What to say now: {number: of the lesson from 1, or null, of: how many there are, words}. */
function hint({ session, question, judged, review, task }) {
  const lessons = session.blind ? BLIND_LESSONS : LESSONS;
  const of = lessons.length + 1; // and to submit
  const say = (words, number = null) => ({ number, of, words });
  if (review.submitted) return say(["Submitted. ", key("reopen"), " opens it again, ", key("nextSession"), " goes on to the next session. The hints end here."], of);
  if (!question) {
    const open = review.judged.filter((each) => each.open).length;
    if (open) return say([`${plural(open, "step")} not decided yet: `, key("nextOpen"), " goes there. ", key("submit"), " submits your review."], of);
    return say(["Every step is decided. ", key("submit"), " submits your review; you may still look at it again and change it (", key("back"), ")."], of);
  }
  if (question.mask === "withheld") return say(["This step is shown once those before it are answered: ", key("back"), " goes there."]);
  if (judged.course !== "real") return say(["This step is left out, since the conversation might have gone on otherwise. ", key("cut"), " goes to what counts again; ", key("keepRest"), " says that it still holds."]);
  if (!judged.open && question.mask) return say(["Your answer is being saved; then you see what the bot did."]);
  if (!judged.open && session.blind) return say(["This is what the bot did, beside what you said. ", key("yes"), " goes on, and your answer stands; ", key("wrongAction"), " and ", key("wrongIntent"), " change it."]);
  if (!judged.open) return say(["You have answered this step. Another answer takes its place, ", key("undo"), " takes the latest back, ", key("forward"), " goes on."]);
  const lesson = lessonFor(question, session, review.standing, lessons);
  if (!lesson) return say(["Go on like this to the end. ", key("undo"), " takes the latest answer back, ", key("help"), " shows all keys."]);
  const words = lesson.words({ question, session });
  return say(lesson.id === "confirm" && task?.guidelines ? [...words, " The guidelines: ", key("guidelines"), "."] : words, lessons.indexOf(lesson) + 1);
}

class Guide {
  /** `close`: called by who wants no more hints. */
  constructor(close) {
    this.words = el("p", {});
    this.place = el("span", {});
    const button = el("button", { type: "button", class: "link", text: "No more hints", on: { click: close } });
    this.node = el("aside", { class: "guide", "aria-label": "Hint for beginners", hidden: true }, el("div", { class: "top" }, this.place, button), this.words);
  }

  /** Draw the hint; null: none. */
  show(said) {
    this.node.hidden = !said;
    if (!said) return;
    setText(this.place, said.number ? `Getting started · ${said.number} of ${said.of}` : "Getting started");
    this.words.replaceChildren(...said.words.flat(Infinity));
  }

  /** The hint for a screen reader. */
  get said() {
    return this.node.hidden ? "" : ` Hint: ${this.words.textContent}`;
  }
}

class GuideCommands extends RemarkCommands {
  constructor() {
    super();
    this.guided = false;
    this.guide = new Guide(() => this.closeGuide());
  }

  /** For good: the server keeps it. */
  closeGuide() {
    this.guided = false;
    this.outbox.add({ id: newId(), type: "guide_closed" });
    this.say("No more hints. H shows all keys.");
    this.render();
    this.node.focus({ preventScroll: true });
  }

  renderGuide(review) {
    if (this.outbox.pending.some(({ type }) => type === "guide_closed")) this.guided = false; // an earlier page did so
    const { session, question, task, index } = this;
    this.guide.show(this.guided && session.questions.length ? hint({ session, question, review, task, judged: review.judged[index] }) : null);
  }
}
