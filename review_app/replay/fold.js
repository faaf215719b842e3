// What the decisions amount to: the same fold as on the server, so that the screen need not wait for it.

const NO_ANSWER = Object.freeze({ slots: [], inserted: [], note: "", flag: "" });
const CLEARED = { confirmed: false, action: null, removed: false, unsure: false, skipped: false, cut: false };

/** The latest of confirmed, corrected, removed, unsure, skipped replaces the others. */
const choose = (answer, choice) => ({ ...answer, ...CLEARED, ...choice });

const TAKE = {
  step_confirmed: (answer) => choose(answer, { confirmed: true, intent: null, entities: null }),
  action_corrected: (answer, { action }) => choose(answer, { action }),
  step_answered: (answer, { action, intent }) => choose(answer, action ? { action } : { intent }),
  action_removed: (answer) => choose(answer, { removed: true }),
  intent_corrected: (answer, { intent }) => ({ ...answer, intent, unsure: false, skipped: false }),
  entities_corrected: (answer, { entities }) => ({ ...answer, entities, unsure: false, skipped: false }),
  slot_corrected: (answer, { name, value }) => ({
    ...answer,
    slots: [...answer.slots.filter((slot) => slot.name !== name), { name, value }],
  }),
  action_inserted: (answer, { action }) => ({ ...answer, inserted: [...answer.inserted, action] }),
  session_cut: (answer) => ({ ...answer, cut: true }),
  rest_kept: (answer) => ({ ...answer, kept: true, cut: false }),
  step_unsure: (answer) => choose(answer, { unsure: true }),
  step_skipped: (answer) => choose(answer, { skipped: true }),
  step_noted: (answer, { text }) => ({ ...answer, note: text }),
  step_flagged: (answer, { flag }) => ({ ...answer, flag }),
};

const corrects = (answer) => answer.action != null || answer.intent != null || answer.entities != null;
const decides = (answer) => Boolean(answer.confirmed || answer.removed || corrects(answer));
const given = (answer) => Boolean(decides(answer) || answer.unsure || answer.skipped || answer.cut);

function stepsOf(decision) {
  if (decision.type === "rest_confirmed") return [...new Set([decision.step, ...decision.steps])];
  return decision.step ? [decision.step] : [];
}

/** Decisions in order -> {standing, undone, versions: step -> count, submitted}. */
function replayDecisions(decisions) {
  const standing = [];
  const undone = [];
  const versions = new Map();
  const known = new Map();
  let submitted = false;
  const count = (decision) => stepsOf(decision).forEach((step) => versions.set(step, (versions.get(step) ?? 0) + 1));
  const shift = (from, to, id) => {
    const at = from.findIndex((decision) => decision.id === id);
    if (at < 0) return;
    to.push(...from.splice(at, 1));
    count(known.get(id));
  };
  for (const decision of decisions) {
    known.set(decision.id, decision);
    if (decision.type === "decision_undone") shift(standing, undone, decision.decision);
    else if (decision.type === "decision_redone") shift(undone, standing, decision.decision);
    else if (decision.type === "review_submitted") submitted = true;
    else if (decision.type === "review_reopened") submitted = false;
    else {
      standing.push(decision);
      undone.length = 0;
      count(decision);
    }
  }
  return { standing, undone, versions, submitted };
}

function answersOf(standing) {
  const answers = new Map();
  for (const decision of standing) {
    if (decision.type === "rest_confirmed") {
      for (const step of decision.steps) {
        const before = answers.get(step) ?? NO_ANSWER;
        if (!given(before)) answers.set(step, { ...before, confirmed: true });
      }
    } else if (TAKE[decision.type]) {
      answers.set(decision.step, TAKE[decision.type](answers.get(decision.step) ?? NO_ANSWER, decision));
    }
  }
  return answers;
}

/** Whether the bot should have acted otherwise here than it did. */
function changesCourse(question, answer) {
  return answer.inserted.length > 0 || isReplaced(question, answer);
}

/** Per question: {answer, message (its answer), course: real|hypothetical|cut, since: index that changed the course, status, open}. */
function judge(questions, answers) {
  let course = "real";
  let since = null;
  let episode = null;
  return questions.map((question, index) => {
    if (question.episode !== episode) [course, since, episode] = ["real", null, question.episode];
    const answer = answers.get(question.id) ?? NO_ANSWER;
    const message = (question.message && answers.get(question.message.id)) ?? NO_ANSWER;
    if (answer.cut && course === "real") [course, since] = ["cut", index];
    const found = { answer, message, course, since, status: statusOf(question, answer, message) };
    found.open = course === "real" && !given(answer);
    if (course === "real" && changesCourse(question, answer) && !answer.kept) [course, since] = ["hypothetical", index];
    return found;
  });
}

function statusOf(question, answer, message) {
  if (answer.removed) return "removed";
  if (answer.unsure) return "unsure";
  if (answer.skipped) return "skipped";
  if (!decides(answer)) return "open";
  const changed = changesCourse(question, answer) || message.intent != null || message.entities != null;
  return changed ? "corrected" : "confirmed";
}

/** Everything that the screen needs to know of a review. */
function foldReview(session, decisions) {
  const { standing, undone, versions, submitted } = replayDecisions(decisions);
  const judged = judge(session.questions, answersOf(standing));
  const of = (question) => {
    const steps = question.message && question.message.id !== question.id ? [question.message.id, question.id] : [question.id];
    return steps.reduce((sum, step) => sum + (versions.get(step) ?? 0), 0);
  };
  return { standing, undone, judged, version: of, submitted };
}

/** Whether the recorded action was not the right one. */
function isReplaced({ action, mask }, answer) {
  return Boolean(action) && !mask && (answer.removed || (answer.action != null && answer.action !== action.name));
}

/** Slots before the action of question `index`: name -> {value, by, fresh}; `fresh`: changed since the question before. */
function slotsAt(session, judged, index) {
  const slots = new Map();
  for (let i = 0; i <= index && i < session.questions.length; i++) {
    const question = session.questions[i];
    const before = judged[i].message === NO_ANSWER ? null : new Map(slots);
    // What a corrected or removed action had set did not survive it.
    const gone = i > 0 && isReplaced(session.questions[i - 1], judged[i - 1].answer) ? session.questions[i - 1].action.name : null;
    for (const { name, value, by } of question.slots_changed) if (gone === null || by !== gone) slots.set(name, { value, by, fresh: i === index });
    if (before) for (const { name, value, by } of refilled(session, question, judged[i].message, before)) slots.set(name, { value, by, fresh: i === index });
    if (i < index) for (const { name, value } of judged[i].answer.slots) slots.set(name, { value, by: "your correction", fresh: i === index - 1 });
  }
  return slots;
}

/** Value of a slot once the step is done: as corrected, as the action set it, or as it was before. */
function slotAfter(session, judged, index, name) {
  const { answer } = judged[index];
  const { action } = session.questions[index];
  const corrected = answer.slots.find((slot) => slot.name === name);
  const set = isReplaced(session.questions[index], answer) ? null : action?.effects.findLast((effect) => effect.type === "slot" && effect.name === name);
  return (corrected ?? set ?? slotsAt(session, judged, index).get(name))?.value ?? null;
}

/** What a corrected message fills: the domain's mappings from entities, the first that fits each slot. */
function refilled(session, question, answer, before) {
  if (answer.intent == null && answer.entities == null) return [];
  const intent = answer.intent ?? question.message.intent;
  const entities = answer.entities ?? question.message.entities;
  const { fills } = session.domain;
  const filled = new Map();
  for (const fill of fills) {
    if (filled.has(fill.slot) || (fill.intents.length && !fill.intents.includes(intent)) || fill.not_intents.includes(intent)) continue;
    const values = entities.filter((entity) => fits(fill, entity)).map(({ value }) => value);
    if (values.length) filled.set(fill.slot, fill.list ? values : values.at(-1));
  }
  const emptied = question.message.effects.filter(({ type, name }) => type === "slot" && !filled.has(name) && fills.some(({ slot }) => slot === name));
  return [
    ...emptied.map(({ name }) => ({ name, value: before.get(name)?.value ?? null, by: "not filled any more" })),
    ...[...filled].map(([name, value]) => ({ name, value, by: "the corrected message" })),
  ];
}

function fits(fill, { entity, role, group }) {
  return entity === fill.entity && (fill.role ?? role) === role && (fill.group ?? group) === group;
}
