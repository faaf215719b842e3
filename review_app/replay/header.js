// The line that is always there: which session, how far, whether it is saved.

class Header {
  constructor(panel) {
    this.title = el("span", { class: "title", dir: "auto" });
    this.place = el("span", { class: "place" });
    this.tally = el("span", { class: "tally" });
    this.progress = el("div", { class: "progress", role: "progressbar", "aria-label": "Decided steps", "aria-valuemin": "0" });
    this.status = el("span", { class: "status", role: "status" });
    const tool = (id, label, look = "tool") => panel.button(id, label, { class: look });
    this.working = [tool("undo", "Undo"), tool("redo", "Redo"), tool("submit", "Submit", "tool strong")];
    const tools = el("span", { class: "tools" }, this.working, tool("nextSession", "Next"), tool("help", "Keys"));
    this.notes = el("span", { class: "tools notes", hidden: true });
    const line = el("div", { class: "line" }, this.title, this.place, this.tally, this.notes, el("span", { class: "space" }), this.status, tools);
    this.about = el("span", { class: "about" });
    this.claim = el("span", { class: "claim", role: "status" });
    this.leaving = [tool("later", "Later"), tool("skipSession", "Skip session")];
    const more = el("span", { class: "tools" }, tool("guidelines", "Guidelines"), this.leaving);
    this.task = el("div", { class: "line task", hidden: true }, this.about, this.claim, el("span", { class: "space" }), more);
    this.panel = panel;
    this.node = el("header", { class: "head" }, line, this.task, this.progress);
  }

  /** Its tags, and how many comments there are. `untag` takes a tag away. */
  showNotes({ tags, comments }, may, untag) {
    const said = JSON.stringify([tags, comments.length, may.comment]);
    if (said === this.noted) return;
    this.noted = said;
    const tool = (id, label) => this.panel.button(id, label, { class: "tool" });
    const chip = (tag) => el("span", { class: "badge tag" }, el("span", { dir: "auto", text: tag }), may.comment && el("button", { type: "button", "aria-label": `Take the tag ${tag} away`, text: "×", on: { click: () => untag(tag) } }));
    this.notes.hidden = !may.comment && !tags.length && !comments.length;
    this.notes.replaceChildren(...[tags.map(chip), may.comment && tool("tag", "Tag"), tool("comments", plural(comments.length, "comment"))].flat().filter(Boolean));
  }

  /** The batch, why the session is in it, and until when it is held. */
  showTask(task, claim) {
    this.task.hidden = !task;
    if (!task) return;
    const badge = (text, kind = "") => el("span", { class: `badge ${kind}`, dir: "auto", text });
    const said = JSON.stringify([task.batch, task.blind, task.guided, task.reasons]);
    if (said !== this.said) {
      this.said = said;
      this.about.replaceChildren(...[el("b", { dir: "auto", text: task.batch }), task.guided && badge("guided", "blind"), task.blind && badge("blind", "blind"), ...task.reasons.map((reason) => badge(reason))].filter(Boolean));
    }
    this.claim.className = `claim ${claim}`;
    setText(this.claim, claimWords(task, claim));
  }

  /** Who may only look has nothing to take back or to submit. */
  allow({ decide }) {
    this.decides = decide;
    for (const node of [this.tally, this.status]) node.hidden = !decide;
  }

  show({ session, source, started, questions }, index, { judged, submitted }) {
    const total = questions.length;
    const settled = judged.filter(({ open }) => !open).length;
    const decided = judged.filter(({ status }) => status !== "open").length;
    const leftOut = judged.filter(({ status, course }) => status === "open" && course !== "real").length;
    const corrected = judged.filter(({ status }) => status === "corrected" || status === "removed").length;
    for (const node of [...this.working, ...this.leaving]) node.hidden = !this.decides || submitted;
    setText(this.title, session);
    this.title.title = [session, source, started?.slice(0, 16).replace("T", " ")].filter(Boolean).join(" · ");
    setText(this.place, total === 0 ? "no steps" : index < total ? `step ${index + 1} of ${total}` : `all ${plural(total, "step")}`);
    setText(this.tally, [`${decided} decided`, corrected && `${corrected} corrected`, leftOut && `${leftOut} left out`, submitted && "submitted"].filter(Boolean).join(" · "));
    this.progress.setAttribute("aria-valuemax", String(total));
    this.progress.setAttribute("aria-valuenow", String(settled));
    this.progress.style.backgroundImage = stripes(judged);
    this.progress.style.setProperty("--here", `${(100 * index) / Math.max(1, total)}%`);
  }

  /** Never "saved" while anything is unacknowledged. */
  showStatus({ pending, reason, late }, position) {
    const count = pending.length;
    let [kind, words] = ["saved", position ? `saved · event ${position}` : "nothing to save yet"];
    if (count && reason) [kind, words] = ["failed", `not saved yet: ${count} (${reason})`];
    else if (count && late) [kind, words] = ["failed", `not saved yet: ${count}`];
    else if (count) [kind, words] = ["saving", "saving…"];
    else if (reason) [kind, words] = ["failed", reason];
    this.status.className = `status ${kind}`;
    setText(this.status, words);
  }
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

function claimWords({ state, until, holders, late }, claim) {
  const others = holders.length ? ` · in hand: ${holders.join(", ")}` : "";
  if (state === "done") return late ? "submitted late: kept, and marked" : "submitted";
  if (state === "skipped") return "skipped by you";
  if (claim === "mine") return `yours until ${new Date(until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}${others}`;
  if (claim === "over") return `your claim is over: go on, your work is kept${state === "full" ? ", and will be marked as late" : ""}${others}`;
  if (state === "full") return `others have it: what you submit will be marked as late${others}`;
  return `yours with your first decision${others}`;
}
