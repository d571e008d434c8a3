"use strict";
{
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const layer = new MarkLayer(data);
  const audio = byId("sound");
  const sound = audio ? new TakeSound(audio) : null;
  const canvas = byId("canvas");
  const timeline = byId("timeline");
  const view = new CloseUp(canvas, byId("spectrogram"), data, layer);
  let cursor_s = 0;
  let dragged = null;

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const clock = (time_s) => {
    const hundredths = Math.round(time_s * 100);
    const rest = (hundredths % 6000) / 100;
    return `${Math.floor(hundredths / 6000)}:${rest.toFixed(2).padStart(5, "0")}`;
  };
  const say = (text) => { byId("said").textContent = text; };
  const tell = (text) => { byId("told").textContent = text; };

  /* Seeing */
  const needles = [...document.querySelectorAll(".picture[data-span]")].map((picture) => {
    const [left, right] = picture.dataset.span.split(" ").map(Number);
    const needle = document.createElement("div");
    needle.className = "needle";
    picture.append(needle);
    picture.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      const part = ((event.clientX - box.left) / box.width - left) / (right - left);
      hear(clamp(part, 0, 1) * data.duration_s);
    });
    return { needle, left, right };
  });

  function draw() {
    view.draw(cursor_s);
    for (const { needle, left, right } of needles) {
      needle.hidden = cursor_s === 0;
      needle.style.left = `${100 * (left + (right - left) * (cursor_s / data.duration_s))}%`;
    }
    byId("clock").textContent = clock(cursor_s);
    byId("remark-time").textContent = `${cursor_s.toFixed(2)} s`;
    Object.assign(timeline.dataset, {
      cursor: cursor_s.toFixed(4), start: view.start_s.toFixed(4), span: view.span_s.toFixed(4),
    });
  }

  /* Hearing */
  function seek(time_s) {
    cursor_s = clamp(time_s, 0, data.duration_s);
    if (sound && sound.isReady) audio.currentTime = cursor_s;
    view.show(cursor_s);
    draw();
  }

  function play() {
    if (sound && sound.isReady) audio.play().catch(() => {}); // paused before it began: no fault
  }

  function hear(time_s) {
    seek(time_s);
    play();
  }

  function toggle() {
    if (sound && !audio.paused) audio.pause();
    else play();
  }

  function follow() {
    if (audio.paused) return;
    cursor_s = Math.min(audio.currentTime, data.duration_s);
    if (!dragged) view.show(cursor_s);
    draw();
    requestAnimationFrame(follow);
  }

  if (sound) {
    audio.controls = false;
    audio.hidden = true;
    say("Preparing the sound …");
    sound.prepare().then(() => {
      byId("play").disabled = false;
      audio.currentTime = cursor_s;
      say("");
      document.documentElement.dataset.sound = "ready";
    }, () => say("This browser cannot play the sound of this page."));
    audio.addEventListener("play", () => { byId("play").textContent = "Pause"; follow(); });
    audio.addEventListener("pause", () => { byId("play").textContent = "Play"; });
    byId("play").addEventListener("click", toggle);
    byId("half").addEventListener("change", (event) => { audio.playbackRate = event.target.checked ? 0.5 : 1; });
  } else {
    for (const id of ["play", "half"]) byId(id).closest("label, button").hidden = true;
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.hear");
    if (button) hear(Number(button.dataset.time));
  });

  /* Correcting */
  function describe(mark) {
    const kind = layer.kindOf(mark);
    const found = data.late_ms.find(([time_s]) => Math.abs(time_s - mark.time_s) < 1e-5);
    const late = found && found[1] !== null ? `, ${Math.abs(found[1]).toFixed(0)} ms ${found[1] > 0 ? "late" : "early"}` : "";
    return `Mark ${layer.marks.indexOf(mark) + 1} of ${layer.marks.length}, ${mark.time_s.toFixed(3)} s${late}${kind === "heard" ? "" : `, ${kind}`}`;
  }

  function choose(mark) {
    view.chosen = mark;
    if (!mark) return;
    if (!audio || audio.paused) seek(mark.time_s);
    say(describe(mark));
    draw();
  }

  function step(by) {
    const marks = layer.marks;
    if (!marks.length) return;
    const at = view.chosen ? marks.indexOf(view.chosen) + by
      : by > 0 ? marks.findIndex((one) => one.time_s >= cursor_s - 1e-6) : marks.findLastIndex((one) => one.time_s <= cursor_s);
    choose(marks[clamp(at, 0, marks.length - 1)]);
  }

  function nudge(by_s) {
    if (!view.chosen) return;
    layer.remember();
    if (layer.place(view.chosen, view.chosen.time_s + by_s)) choose(view.chosen);
    else say("A mark cannot stand there.");
    renew();
  }

  function add(time_s) {
    const mark = layer.add(time_s);
    if (mark) choose(mark);
    else say("There is a mark already.");
    renew();
  }

  function erase() {
    if (!view.chosen) return say("Choose a mark first.");
    const mark = view.chosen;
    if (!layer.toggle(mark)) return say("Another mark stands there.");
    if (!layer.marks.includes(mark)) view.chosen = null;
    say(view.chosen ? describe(view.chosen) : "The added mark is gone.");
    return renew();
  }

  function undo() {
    view.chosen = null;
    say(layer.undo() ? "Undone." : "There is nothing to undo.");
    renew();
  }

  function renew() {
    const list = byId("remark-list");
    list.replaceChildren(...layer.remarks.map((remark) => {
      const item = document.createElement("li");
      const play = document.createElement("button");
      const gone = document.createElement("button");
      for (const one of [play, gone]) one.type = "button";
      play.className = "hear";
      play.dataset.time = remark.time_s;
      play.textContent = `${remark.time_s.toFixed(2)} s`;
      gone.textContent = "Remove";
      gone.setAttribute("aria-label", `Remove the remark at ${remark.time_s.toFixed(2)} s`);
      gone.addEventListener("click", () => { layer.forget(remark); renew(); });
      item.append(play, ` ${remark.text} `, gone);
      return item;
    }));
    draw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const mark = view.markAt(event.offsetX);
    if (mark) {
      dragged = { mark, x: event.offsetX, isMoved: false };
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    canvas.style.cursor = view.markAt(event.offsetX) ? "ew-resize" : "";
    if (!dragged || (!dragged.isMoved && Math.abs(event.offsetX - dragged.x) < 3)) return;
    if (!dragged.isMoved) layer.remember();
    dragged.isMoved = true;
    view.chosen = dragged.mark;
    if (layer.place(dragged.mark, view.timeAt(event.offsetX))) say(describe(dragged.mark));
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    const was = dragged;
    dragged = null;
    timeline.focus();
    if (was && was.isMoved) return renew();
    if (was) {
      choose(was.mark);
      return hear(was.mark.time_s);
    }
    if (event.button) return undefined;
    view.chosen = null;
    return hear(view.timeAt(event.offsetX));
  });
  canvas.addEventListener("dblclick", (event) => {
    if (audio) audio.pause();
    if (!view.markAt(event.offsetX)) add(view.timeAt(event.offsetX));
  });
  timeline.addEventListener("wheel", (event) => {
    if (!event.shiftKey && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    turn((event.deltaX || event.deltaY) / canvas.clientWidth);
  }, { passive: false });

  function turn(pages) {
    view.turn(pages);
    draw();
  }

  function zoom(factor) {
    view.zoom(view.span_s * factor, cursor_s);
    draw();
  }

  const keys = {
    ArrowLeft: (event) => (event.shiftKey ? nudge(-0.01) : step(-1)),
    ArrowRight: (event) => (event.shiftKey ? nudge(0.01) : step(1)),
    ",": () => nudge(-0.001),
    ".": () => nudge(0.001),
    a: () => add(cursor_s),
    Delete: erase,
    Backspace: erase,
    Enter: () => hear(view.chosen ? view.chosen.time_s : cursor_s),
    r: () => { byId("correcting").open = true; byId("remark-text").focus(); },
    u: undo,
    " ": toggle,
    PageUp: () => turn(-0.9),
    PageDown: () => turn(0.9),
    Home: () => seek(0),
    End: () => seek(data.duration_s),
    "+": () => zoom(0.5),
    "-": () => zoom(2),
  };
  timeline.addEventListener("keydown", (event) => {
    const key = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    key(event);
  });
  const presses = {
    closer: () => zoom(0.5), wider: () => zoom(2), add: () => add(cursor_s), delete: erase, undo,
  };
  for (const [id, press] of Object.entries(presses)) byId(id).addEventListener("click", press);

  byId("remark-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = byId("remark-text");
    if (!field.value.trim()) return tell("Write something first.");
    layer.remark(cursor_s, field.value.trim());
    field.value = "";
    renew();
    return tell(`Remark at ${cursor_s.toFixed(2)} s kept. Save corrections to send it.`);
  });
  byId("save").addEventListener("click", () => {
    const text = `${JSON.stringify(layer.edits(), null, 1)}\n`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `${data.take.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N} _-]/gu, "_") || "take"}-edits.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    layer.isSaved = true;
    const { marks, remarks } = layer.edits();
    tell(`Saved as ${link.download}: ${marks.length} corrections, ${remarks.length} remarks.`);
  });
  byId("load").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    if (!file) return;
    try {
      let content;
      try {
        content = JSON.parse(await file.text());
      } catch { throw new Error("it is no JSON"); }
      layer.load(content);
      view.chosen = null;
      const { marks, remarks } = layer.edits();
      tell(`${file.name} is shown: ${marks.length} corrections, ${remarks.length} remarks.`);
      renew();
    } catch (error) {
      tell(`${file.name} was not taken: ${error.message}.`);
    }
    event.target.value = "";
  });
  window.addEventListener("beforeunload", (event) => { if (!layer.isSaved) event.preventDefault(); });

  for (const id of ["bench", "correcting"]) byId(id).hidden = false;
  view.zoom(canvas.clientWidth / 80, 0); // fast notes stay apart
  new ResizeObserver(draw).observe(canvas);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  byId("spectrogram").decode().then(draw, draw);
  renew();
  document.documentElement.dataset.page = "ready";
}
