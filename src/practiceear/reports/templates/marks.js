"use strict";
/* The marks of a take as the reader wants them: a layer over what was heard. */
class MarkLayer {
  constructor(data) {
    this.data = data;
    this.past = [];
    this.isSaved = true;
    this.apply(data.marks, data.remarks);
  }

  /* Put corrections in the place of all that are there; says why where they do not fit. */
  apply(edits, remarks) {
    const marks = this.data.heard_s.map((time_s) => ({ heard_s: time_s, time_s, isDeleted: false }));
    for (const edit of edits) {
      if (edit.do === "add") {
        marks.push({ heard_s: null, time_s: edit.time_s, isDeleted: false });
        continue;
      }
      const named = this.nearestHeard(edit.time_s);
      if (named < 0) throw new Error(`there is no note to ${edit.do} at ${edit.time_s.toFixed(3)} s`);
      if (edit.do === "move") marks[named].time_s = edit.to_s;
      else marks[named].isDeleted = true;
    }
    this.marks = marks.sort((one, other) => one.time_s - other.time_s);
    this.remarks = remarks.map((one) => ({ ...one })).sort((one, other) => one.time_s - other.time_s);
  }

  nearestHeard(time_s) {
    let best = -1;
    let distance_s = 0.005001;
    this.data.heard_s.forEach((one, index) => {
      if (Math.abs(one - time_s) < distance_s) [best, distance_s] = [index, Math.abs(one - time_s)];
    });
    return best;
  }

  remember() {
    const { marks, remarks } = this.edits();
    this.past.push({ marks, remarks });
    if (this.past.length > 200) this.past.shift();
    this.isSaved = false;
  }

  undo() {
    if (!this.past.length) return false;
    const { marks, remarks } = this.past.pop();
    this.apply(marks, remarks);
    this.isSaved = false;
    return true;
  }

  isFree(time_s, except) {
    if (!(time_s >= 0 && time_s < this.data.duration_s)) return false;
    return !this.marks.some((one) =>
      one !== except && !one.isDeleted && Math.abs(one.time_s - time_s) < this.data.nearest_s);
  }

  add(time_s) {
    if (!this.isFree(time_s, null)) return null;
    this.remember();
    const mark = { heard_s: null, time_s, isDeleted: false };
    this.marks.push(mark);
    this.sort();
    return mark;
  }

  /* Where the place is taken or outside the take, nothing moves. */
  place(mark, time_s) {
    if (mark.isDeleted || !this.isFree(time_s, mark)) return false;
    mark.time_s = time_s;
    this.sort();
    return true;
  }

  /* An added mark is gone at once; one that was heard stays to be seen, and comes back. */
  toggle(mark) {
    if (mark.isDeleted && !this.isFree(mark.time_s, mark)) return false;
    this.remember();
    if (mark.heard_s === null) this.marks.splice(this.marks.indexOf(mark), 1);
    else if (mark.isDeleted) mark.isDeleted = false;
    else [mark.isDeleted, mark.time_s] = [true, mark.heard_s];
    this.sort();
    return true;
  }

  remark(time_s, text) {
    this.remember();
    this.remarks.push({ time_s, text });
    this.remarks.sort((one, other) => one.time_s - other.time_s);
  }

  forget(remark) {
    this.remember();
    this.remarks.splice(this.remarks.indexOf(remark), 1);
  }

  sort() {
    this.marks.sort((one, other) => one.time_s - other.time_s);
  }

  kindOf(mark) {
    if (mark.isDeleted) return "deleted";
    if (mark.heard_s === null) return "added";
    return Math.abs(mark.time_s - mark.heard_s) > 1e-6 ? "moved" : "heard";
  }

  edits() {
    const micro = (time_s) => Math.round(time_s * 1e6) / 1e6;
    const marks = [];
    for (const mark of this.marks) {
      const kind = this.kindOf(mark);
      if (kind === "deleted") marks.push({ do: "delete", time_s: mark.heard_s });
      if (kind === "added") marks.push({ do: "add", time_s: micro(mark.time_s) });
      if (kind === "moved") marks.push({ do: "move", time_s: mark.heard_s, to_s: micro(mark.time_s) });
    }
    const remarks = this.remarks.map((one) => ({ time_s: micro(one.time_s), text: one.text }));
    return { format: "practiceear-edits", version: 1, take: this.data.take, marks, remarks };
  }

  /* Show corrections from a file; raises with the reason where they cannot be. */
  load(content) {
    if (!content || content.format !== "practiceear-edits" || content.version !== 1) {
      throw new Error("it holds no corrections of this kind");
    }
    if (!content.take || content.take.sha256 !== this.data.take.sha256) {
      const name = content.take && typeof content.take.name === "string" ? content.take.name : "?";
      throw new Error(`it corrects another recording (${name})`);
    }
    const isTime = (value) => typeof value === "number" && value >= 0 && value <= 86400;
    const isEdit = (one) => one && ["add", "delete", "move"].includes(one.do) && isTime(one.time_s)
      && (one.do !== "move" || isTime(one.to_s));
    const isRemark = (one) => one && isTime(one.time_s) && typeof one.text === "string";
    if (!Array.isArray(content.marks) || !content.marks.every(isEdit)
        || !Array.isArray(content.remarks) || !content.remarks.every(isRemark)) {
      throw new Error("it is damaged");
    }
    const { marks, remarks } = this.edits();
    this.apply(content.marks, content.remarks);
    this.past.push({ marks, remarks });
    this.isSaved = true;
  }
}
