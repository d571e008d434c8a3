"use strict";
/* The close-up of a take: its outline, its spectrogram, and the marks above both. */
class CloseUp {
  constructor(canvas, picture, data, layer) {
    Object.assign(this, { canvas, picture, layer, duration_s: data.duration_s });
    this.outline = Int8Array.from(atob(data.outline), (one) => one.charCodeAt(0));
    this.nOutline = this.outline.length / 2;
    this.start_s = 0;
    this.span_s = data.duration_s;
    this.chosen = null;
  }

  static colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  xOf(time_s) {
    return ((time_s - this.start_s) / this.span_s) * this.canvas.clientWidth;
  }

  timeAt(x) {
    return this.start_s + (x / this.canvas.clientWidth) * this.span_s;
  }

  /* Turn the page where a time is not on it. */
  show(time_s) {
    if (time_s < this.start_s || time_s > this.start_s + 0.92 * this.span_s) {
      this.start_s = time_s - 0.08 * this.span_s;
    }
    this.keepInside();
  }

  turn(pages) {
    this.start_s += pages * this.span_s;
    this.keepInside();
  }

  zoom(span_s, about_s) {
    this.span_s = Math.max(Math.min(0.5, this.duration_s), Math.min(span_s, this.duration_s));
    this.start_s = about_s - this.span_s / 2;
    this.show(about_s);
  }

  keepInside() {
    this.start_s = Math.max(0, Math.min(this.start_s, this.duration_s - this.span_s));
  }

  /* The mark under a place of the canvas, or null. */
  markAt(x) {
    let best = null;
    for (const one of this.layer.marks) {
      if (!best || Math.abs(this.xOf(one.time_s) - x) < Math.abs(this.xOf(best.time_s) - x)) best = one;
    }
    return best && Math.abs(this.xOf(best.time_s) - x) <= 7 ? best : null;
  }

  draw(cursor_s) {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    const { colour } = CloseUp;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colour("--paper");
    pen.fillRect(0, 0, width, height);
    const [top, middle, bottom] = [18, 0.52 * height, height - 20];
    this.drawSpectrogram(pen, middle + 2, bottom - middle - 2, width, colour("--paper"));
    this.drawOutline(pen, top, middle - 2, width, colour("--soft"));
    this.drawSeconds(pen, bottom, width, colour("--soft"));
    [this.usual, this.changed] = [colour("--accent"), colour("--late")];
    for (const mark of this.layer.marks) this.drawMark(pen, mark, top, bottom);
    for (const remark of this.layer.remarks) this.drawFlag(pen, this.xOf(remark.time_s), bottom, this.changed);
    pen.fillStyle = colour("--ink");
    pen.fillRect(this.xOf(cursor_s) - 1, 0, 2, bottom);
  }

  drawOutline(pen, top, bottom, width, colour) {
    const [middle, half] = [(top + bottom) / 2, (bottom - top) / 2];
    pen.fillStyle = colour;
    for (let x = 0; x < width; x += 1) {
      const first = Math.floor((this.timeAt(x) / this.duration_s) * this.nOutline);
      const end = Math.max(first + 1, Math.floor((this.timeAt(x + 1) / this.duration_s) * this.nOutline));
      let [low, high] = [0, 0];
      for (let i = Math.max(0, first); i < Math.min(end, this.nOutline); i += 1) {
        low = Math.min(low, this.outline[2 * i]);
        high = Math.max(high, this.outline[2 * i + 1]);
      }
      pen.fillRect(x, middle - (half * high) / 127, 1, Math.max(1, (half * (high - low)) / 127));
    }
  }

  drawSpectrogram(pen, top, height, width, paper) {
    const picture = this.picture;
    if (!picture.naturalWidth) return;
    const perSecond = picture.naturalWidth / this.duration_s;
    const from = this.start_s * perSecond;
    const columns = Math.min(this.span_s * perSecond, picture.naturalWidth - from);
    const isDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    if (isDark) pen.fillStyle = "#000";
    if (isDark) pen.fillRect(0, top, width, height);
    pen.globalCompositeOperation = isDark ? "difference" : "multiply";
    if (isDark) pen.fillStyle = "#fff";
    if (isDark) pen.fillRect(0, top, width, height);
    pen.drawImage(picture, from, 0, columns, picture.naturalHeight, 0, top, (columns / perSecond / this.span_s) * width, height);
    if (isDark) {
      pen.globalCompositeOperation = "lighten";
      pen.fillStyle = paper;
      pen.fillRect(0, top, width, height);
    }
    pen.globalCompositeOperation = "source-over";
  }

  drawSeconds(pen, bottom, width, colour) {
    const step_s = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800].find((one) => one * width / this.span_s > 70) || 3600;
    pen.fillStyle = colour;
    pen.font = "12px system-ui, sans-serif";
    for (let i = Math.ceil(this.start_s / step_s); i * step_s <= this.start_s + this.span_s; i += 1) {
      const time_s = i * step_s;
      const shown = step_s < 1 ? time_s.toFixed(1) : `${Math.floor(time_s / 60)}:${String(Math.round(time_s % 60)).padStart(2, "0")}`;
      pen.fillText(shown, this.xOf(time_s) + 3, bottom + 15);
      pen.fillRect(this.xOf(time_s), bottom, 1, 5);
    }
  }

  drawFlag(pen, x, bottom, colour) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(x, bottom - 16);
    pen.lineTo(x + 14, bottom - 10);
    pen.lineTo(x, bottom - 4);
    pen.fill();
    pen.fillRect(x - 1, bottom - 16, 2, 16);
  }

  /* The kind of a mark shows in the shape of its head: not in colour alone. */
  drawMark(pen, mark, top, bottom) {
    const x = this.xOf(mark.time_s);
    if (x < -10 || x > this.canvas.clientWidth + 10) return;
    const kind = this.layer.kindOf(mark);
    const isChosen = mark === this.chosen;
    pen.strokeStyle = pen.fillStyle = kind === "heard" ? this.usual : this.changed;
    pen.lineWidth = isChosen ? 3 : 1.25;
    pen.setLineDash(kind === "deleted" ? [2, 4] : []);
    pen.beginPath();
    pen.moveTo(x, top - 4);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.setLineDash([]);
    const size = isChosen ? 6 : 4;
    pen.beginPath();
    if (kind === "heard") pen.arc(x, 9, size, 0, 7);
    if (kind === "moved") [[0, -1], [1, 0], [0, 1], [-1, 0]].forEach(([a, b]) => pen.lineTo(x + 1.3 * a * size, 9 + 1.3 * b * size));
    if (kind === "added") pen.rect(x - size, 9 - size, 2 * size, 2 * size);
    if (kind === "deleted") {
      pen.moveTo(x - size, 9 - size);
      pen.lineTo(x + size, 9 + size);
      pen.moveTo(x + size, 9 - size);
      pen.lineTo(x - size, 9 + size);
      pen.stroke();
    } else pen.fill();
  }
}
