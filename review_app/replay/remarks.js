// What people say about the session beside their reviews: comments, with mentions, and tags.

const REMARKS = new Set(["comment_made", "comment_withdrawn", "session_tagged", "session_untagged", "guide_closed"]); // types that are no decisions
const LONGEST_COMMENT = 2000; // characters, as on the server
const LONGEST_TAG = 40;
const NOTHING_NOTED = Object.freeze({ key: null, comments: [], tags: [], all: true, names: [], known: [] });

const isRemark = ({ type }) => REMARKS.has(type);

class RemarkCommands extends BatchCommands {
  /** Returns whether anything is new. */
  takeRemarks(remarks) {
    if (!remarks || remarks.key === this.remarks?.key) return false;
    this.remarks = remarks;
    this.noted = null;
    return true;
  }

  /** What is stored and what is on its way: {comments, tags, at: index of a question -> its comments, all}. */
  notes() {
    if (this.noted) return this.noted;
    const { comments, tags, all } = this.remarks ?? NOTHING_NOTED;
    const { pending } = this.outbox;
    const gone = new Set(pending.filter(({ type }) => type === "comment_withdrawn").map(({ comment }) => comment));
    const said = comments.filter(({ id }) => !gone.has(id));
    const borne = new Set(tags);
    const known = new Set(comments.map(({ id }) => id));
    for (const { id, type, text, step, tag } of pending) {
      if (type === "comment_made" && !known.has(id) && !gone.has(id)) said.push({ id, text, step, by: this.session.annotator, at: null, mentions: [] });
      if (type === "session_tagged") borne.add(tag);
      if (type === "session_untagged") borne.delete(tag);
    }
    const places = new Map(this.session.questions.flatMap((question) => [[question.id, question.index], ...(question.message ? [[question.message.id, question.index]] : [])]));
    const at = new Map();
    for (const each of said) {
      const index = places.get(each.step) ?? null;
      at.set(index, [...(at.get(index) ?? []), each]);
    }
    this.noted = { comments: said, tags: [...borne].sort(), at, places, all };
    return this.noted;
  }

  remark(type, fields) {
    this.outbox.add({ id: newId(), type, ...fields });
    this.noted = null;
    this.render();
  }

  /** `session`: on the session as a whole; else on the step that is shown. */
  comment(session = false) {
    if (!session && this.question?.mask === "withheld") return this.say("This step is not shown yet.");
    const step = (!session && this.question?.id) || "";
    return openEditor(this.node, {
      title: step ? `Comment on step ${this.index + 1}` : "Comment on the session",
      about: this.session.blind ? "Others see it once they have submitted their own review. @name shows it among somebody's work." : "Everybody who opens the session sees it. @name shows it among somebody's work.",
      label: "Comment",
      value: "",
      check: (text) => (!text.trim() ? "Write something first." : text.trim().length > LONGEST_COMMENT ? `At most ${LONGEST_COMMENT} characters.` : ""),
      names: (this.remarks ?? NOTHING_NOTED).names,
      saved: (text) => this.remark("comment_made", { step, text: text.trim() }),
    });
  }

  /** Asks first: nothing brings it back. */
  withdraw(comment) {
    openChoice(this.node, "Delete this comment?", [el("p", { dir: "auto", text: beginning(comment.text, 300) })], [
      ["Delete it", () => this.remark("comment_withdrawn", { comment: comment.id })],
      ["Keep it", () => this.render()],
    ]);
  }

  /** What leads to the deletion of a comment of one's own; null: it is somebody else's. */
  ownComment(comment, before = () => {}) {
    if (!this.may.comment || comment.by !== this.session.annotator || !comment.at) return null;
    return el("button", { type: "button", class: "link", text: "delete", on: { click: () => (before(), this.withdraw(comment)) } });
  }

  /** All comments of the session; one that is chosen leads to its step. */
  comments() {
    const { comments, places, all } = this.notes();
    return openDialog(this.node, `Comments on ${this.session.session}`, (close) => {
      const lead = (each) => {
        const index = places.get(each.step);
        const where = index === undefined ? null : el("button", { type: "button", class: "link", text: `step ${index + 1}`, on: { click: () => (close(), this.goTo(index), this.node.focus()) } });
        return drawComment(each, where, this.ownComment(each, close));
      };
      const write = this.may.comment && el("button", { type: "button", class: "primary", autofocus: true, text: "Comment on the session", on: { click: () => (close(), this.comment(true)) } });
      return [
        el("div", { class: "comments", role: "list", tabindex: "0", autofocus: !write }, comments.map(lead)),
        !comments.length && el("p", { class: "hint", text: "Nobody has commented on it yet." }),
        !all && el("p", { class: "hint", text: HIDDEN_COMMENTS }),
        write && el("footer", {}, el("span", {}), write),
      ];
    });
  }

  tag() {
    const { tags } = this.notes();
    const known = (this.remarks ?? NOTHING_NOTED).known.filter((name) => !tags.includes(name));
    return openPicker(this.node, {
      title: "Tag this session",
      items: known.map((name) => ({ name, p: null })),
      newWord: "tag",
      joint: " ",
      chosen: (tag) => {
        if (tag.length > LONGEST_TAG) this.say(`A tag has at most ${LONGEST_TAG} characters.`);
        else if (!tags.includes(tag)) this.remark("session_tagged", { tag });
      },
    });
  }

  untag(tag) {
    this.remark("session_untagged", { tag });
  }
}

const HIDDEN_COMMENTS = "This session is blind: what others write is shown once your review is submitted.";

/** `links`: what leads to its step, or deletes it; or null. */
function drawComment({ by, at, text }, ...links) {
  const when = at ? new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "on its way";
  return el("div", { class: "comment", role: "listitem" }, el("div", { class: "who" }, el("b", { dir: "auto", text: by }), el("span", { text: when }), links), el("div", { class: "words", dir: "auto", text }));
}

/** Names that fit what is typed after an @, below a text that is being written. */
function completion(area, names) {
  const list = el("ul", { class: "names", role: "listbox", id: `names-${newId()}`, "aria-label": "People", hidden: true });
  let at = 0;
  const typed = () => area.value.slice(0, area.selectionStart).match(/(^|[^\w@])@([^\s@]*)$/u)?.[2] ?? null;
  const hide = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const take = (name) => {
    const [begin, end] = [area.selectionStart - typed().length, area.selectionStart];
    area.setRangeText(`${name} `, begin, end, "end");
    hide();
    area.focus();
  };
  const mark = (to) => {
    at = (to + list.children.length) % list.children.length;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    area.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const show = () => {
    const begun = typed()?.toLowerCase();
    const fitting = begun === undefined ? [] : names.filter((name) => name.toLowerCase().startsWith(begun)).slice(0, 6);
    if (!fitting.length) return hide();
    const offer = (name, index) => el("li", { role: "option", id: `${list.id}-${index}`, "aria-selected": "false", dir: "auto", text: name, on: { mousedown: (event) => (event.preventDefault(), take(name)) } });
    list.replaceChildren(...fitting.map(offer));
    list.hidden = false;
    return mark(0);
  };
  area.addEventListener("input", show);
  area.addEventListener("blur", hide);
  area.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[at].textContent);
    else if (event.key === "Escape") hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return list;
}
