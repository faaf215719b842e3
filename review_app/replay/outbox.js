// Decisions on their way to the log: kept here and in localStorage until the server acknowledges their ids.

const FIRST_RETRY = 1500; // ms without an acknowledgement after which a list is sent again
const LAST_RETRY = 5000;
const SOON = 24; // ms that belong to the screen before a list is sent
const PREFIX = "recorder:unsaved:";

class Outbox {
  /** `send()` hands the whole list to the server; `changed()` is called when there is something new to show. */
  constructor(place, send, changed) {
    Object.assign(this, { send, changed, pending: [], attempt: 0, reason: "", late: false, underway: false });
    this.shelf = `${PREFIX}${place}:`;
    this.mine = this.shelf + newId();
    this.timer = null;
    this.wait = FIRST_RETRY;
  }

  add(...decisions) {
    this.pending.push(...decisions);
    this.keep();
    this.schedule();
  }

  /** Drop what is stored or refused; the server has answered, so what came meanwhile may follow. */
  settle(isDone) {
    const before = this.pending.length;
    this.pending = this.pending.filter(({ id }) => !isDone(id));
    if (this.pending.length === before) return;
    this.keep();
    this.wait = FIRST_RETRY;
    this.late = this.underway = false;
    if (this.pending.length) this.schedule();
    else this.stop();
  }

  /** Send soon; but while a list is under way, the next one waits for the answer and takes all along. */
  schedule() {
    if (!this.underway) this.arm(SOON);
  }

  /** The server has forgotten this page, as after a restart: what was under way may be lost. */
  again() {
    this.underway = false;
    if (this.pending.length) this.schedule();
  }

  arm(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.deliver(), ms);
  }

  deliver() {
    if (!this.pending.length) return;
    const oldest = this.pending[0].id;
    if (oldest !== this.oldest) [this.oldest, this.waitingSince] = [oldest, performance.now()];
    this.late = performance.now() - this.waitingSince > FIRST_RETRY / 2;
    this.underway = true;
    this.attempt += 1;
    this.send();
    this.arm(this.wait);
    this.wait = Math.min(this.wait * 1.5, LAST_RETRY);
    this.changed();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  keep() {
    try {
      if (this.pending.length) localStorage.setItem(this.mine, JSON.stringify(this.pending));
      else localStorage.removeItem(this.mine);
      this.homeless = false;
    } catch {
      this.homeless = true; // no storage here: only this page holds them, and it warns before it is closed
    }
  }

  /** Take over what earlier pages left on the shelf; each id once, oldest first. */
  leftovers() {
    const found = new Map();
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(this.shelf) && key !== this.mine);
      for (const key of keys) {
        for (const decision of readList(localStorage.getItem(key))) found.set(decision.id, decision);
        localStorage.removeItem(key);
      }
    } catch {
      return [];
    }
    return [...found.values()];
  }
}

function readList(text) {
  try {
    const list = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter((each) => each && typeof each.id === "string" && typeof each.type === "string") : [];
  } catch {
    return [];
  }
}

/** A UUID; `crypto.randomUUID` exists on secure origins only. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
