// Sound and numbers over time, under one cursor that is drawn with each picture and moved by click and drag.
import { bytes } from "../api.js";
import { element } from "../element.js";
import { colour, dark, lineColour } from "./colours.js";
import { parseNpy } from "./npy.js";
import { drawCurve, drawSpectrum, drawWaveform, rangeOf } from "./plots.js";

const MOST_SOUND = 600; // seconds that the server draws

/** The timeline of a clip's page under a player. */
export class Timeline {
  constructor(row, clip, player) {
    Object.assign(this, { row, player, clock: player.clock, tracks: [] });
    this.cursor = element("div", { className: "cursor" });
    this.span = element("div", { className: "span", hidden: true });
    this.rows = element("div", { className: "rows" });
    this.always = element("p", { className: "always" });
    this.box = element("section", { className: "timeline", ariaLabel: "over time" }, this.rows, this.cursor, this.span, this.always);
    this.ruler(clip.videos[0].keys);
    if (clip.is_heard) {
      this.track("sound", "", 44, () => this.array("waveform"), drawWaveform);
      this.track("spectrum", "0–8 kHz", 64, () => this.array("spectrum"), drawSpectrum);
    }
    const columns = new Map();
    for (const curve of clip.curves) {
      if (!columns.has(curve.column)) columns.set(curve.column, () => this.once(curve.column));
      this.track(curve.label, curve.unit, 34, columns.get(curve.column), drawCurve, curve);
    }
    this.scrubbed();
    player.on((frame) => this.at(frame));
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.rows);
    this.redraw = () => this.draw();
    dark.addEventListener("change", this.redraw);
  }

  once(column) {
    this.held ??= new Map();
    if (!this.held.has(column)) this.held.set(column, this.array("curve", column));
    return this.held.get(column);
  }

  async array(kind, column = null) {
    const found = parseNpy(await bytes(column ? `${kind}/${this.row}/${column}` : `${kind}/${this.row}`));
    return { ...found, seconds: Math.min(MOST_SOUND, this.clock.duration) };
  }

  ruler(keys) {
    const plot = element("canvas", { className: "plot" });
    this.rows.append(element("div", { className: "row ruler" }, element("span", { className: "label" }, "seconds"), plot));
    this.keys = keys;
    this.rule = plot;
  }

  async track(label, unit, height, load, draw, curve = null) {
    const plot = element("canvas", { className: "plot" });
    const value = element("span", { className: "value" });
    const range = element("span", { className: "range" });
    const named = element("span", { className: "label", title: unit ? `${label}: ${unit}` : label }, label);
    const lines = curve && curve.lines.length > 1 ? curve.lines.map(lineName) : [];
    if (unit || lines.length) named.append(element("small", {}, ...lines, unit));
    const row = element("div", { className: "row" }, named, plot, value, range);
    plot.style.height = `${height}px`;
    this.rows.append(row);
    const track = { plot, value, range, draw, curve, found: null };
    this.tracks.push(track);
    try {
      track.found = await load();
    } catch (error) {
      row.classList.add("lost");
      row.replaceChildren(named, element("span", { className: "why" }, error.message));
      this.tracks = this.tracks.filter((one) => one !== track);
      return;
    }
    if (curve) {
      const { low, high } = rangeOf(track.found, curve);
      if (!(low < high)) return this.still(row, track, label, low);
      range.replaceChildren(element("span", {}, short(high)), element("span", {}, short(low)));
    }
    this.drawTrack(track);
    this.at(this.player.frame);
  }

  /** A number that never changes has no curve. */
  still(row, track, label, value) {
    this.tracks = this.tracks.filter((one) => one !== track);
    row.remove();
    const before = this.always.textContent || "always the same: ";
    this.always.textContent = `${before}${before.endsWith(": ") ? "" : " · "}${label} ${short(value)}`;
  }

  draw() {
    drawRuler(this.rule, this.clock, this.keys);
    for (const track of this.tracks) this.drawTrack(track);
    this.at(this.player.frame);
    this.mark(this.marked);
  }

  drawTrack(track) {
    if (track.found) track.draw(sized(track.plot), track.found, this.clock.duration, track.curve);
  }

  /** Moves the cursor to a picture, and says the numbers there. */
  at(frame) {
    const seconds = this.clock.times[frame] ?? 0;
    this.cursor.style.transform = `translateX(${this.x(seconds)}px)`;
    for (const { curve, found, value } of this.tracks) {
      if (curve && found) value.replaceChildren(...said(found, curve, seconds));
    }
  }

  /** Where a moment stands, in pixels of the whole. */
  x(seconds) {
    const [left, width] = [this.rule.offsetLeft, this.rule.clientWidth];
    return left + (seconds / this.clock.duration) * width;
  }

  /** Marks a span {start, seconds} of time; null for none. */
  mark(span) {
    this.marked = span;
    this.span.hidden = !span;
    if (!span) return;
    this.span.style.transform = `translateX(${this.x(span.start)}px)`;
    this.span.style.width = `${this.x(span.start + span.seconds) - this.x(span.start)}px`;
  }

  scrubbed() {
    const seek = (event) => {
      const place = (event.clientX - this.rule.getBoundingClientRect().left) / this.rule.clientWidth;
      this.player.seek(this.clock.frameAt(Math.max(0, Math.min(1, place)) * this.clock.duration));
    };
    this.rows.addEventListener("pointerdown", (event) => {
      if (!event.target.classList.contains("plot") || event.button) return;
      this.rows.setPointerCapture(event.pointerId);
      seek(event);
      event.preventDefault();
    });
    this.rows.addEventListener("pointermove", (event) => {
      if (this.rows.hasPointerCapture(event.pointerId)) seek(event);
    });
  }

  close() {
    this.resized.disconnect();
    dark.removeEventListener("change", this.redraw);
  }
}

function lineName(name, at) {
  const made = element("span", {}, `${name} `);
  made.style.color = `var(--track-${at % 6})`;
  return made;
}

function sized(canvas) {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  return canvas;
}

function drawRuler(canvas, clock, keys) {
  const context = sized(canvas).getContext("2d");
  const ratio = devicePixelRatio || 1;
  const wide = canvas.width / ratio;
  context.scale(ratio, ratio);
  context.fillStyle = colour("--faint");
  context.font = "10px system-ui, sans-serif";
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 3600].find((one) => (one / clock.duration) * wide > 48) ?? 3600;
  for (let mark = 0; mark < clock.duration; mark += step) {
    const x = (mark / clock.duration) * wide;
    context.fillRect(x, 12, 1, 4);
    context.fillText(`${Math.round(mark * 10) / 10}`, x + 3, 11);
  }
  context.globalAlpha = 0.6;
  for (const key of keys) context.fillRect((clock.times[key] / clock.duration) * wide, 14, 1, 2);
}

function said({ data, shape }, { lines, first }, seconds) {
  const width = shape[1];
  let low = 0;
  let high = shape[0] - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (data[middle * width] <= seconds + 1e-4) low = middle;
    else high = middle - 1;
  }
  const count = lines.length > 1 || lines[0] !== "by track" ? lines.length : width - 1;
  return Array.from({ length: count }, (_, at) => {
    const made = element("span", {}, short(data[low * width + 1 + first + at]));
    if (count > 1) made.style.color = lineColour(at);
    return made;
  });
}

/** A number in few digits; a dash for none. */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size && (size < 0.001 || size >= 1e6)) return value.toExponential(1);
  return `${Number(value.toPrecision(3))}`;
}
