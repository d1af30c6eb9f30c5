// The overlays of a clip: which are on, their arrays in spans of frames, and their drawing over the master's picture.
import { bytes } from "../api.js";
import { drawOverlay, LAYERS } from "./draw.js";
import { parseNpy } from "./npy.js";

const SPAN = 256; // frames that are fetched at once
const MOST_SPANS = 8; // that are kept of an overlay
const BEGUN = ["faces.msg|box", "landmarks.npy|", "gaze.npy|"];
const MEMORY = "faceshards.overlays";

/** One overlay {column, part, kind, group, label, third} of a row of `frames` frames. */
export class Layer {
  constructor(row, overlay, frames, number) {
    Object.assign(this, overlay, { row, frames, overlay, spans: new Map(), isOn: false, error: null });
    this.id = `${overlay.column}|${overlay.part}`;
    this.colour = LAYERS[number % LAYERS.length];
  }

  /** The points of a frame and how many numbers a point has, or null while they are not there. */
  at(frame) {
    const span = this.spans.get(Math.floor(frame / SPAN));
    if (!span?.data) return null;
    const each = span.shape[1] * span.shape[2];
    const first = (frame % SPAN) * each;
    return { points: span.data.subarray(first, first + each), width: span.shape[2] };
  }

  /** Resolves when the points of a frame are there, or cannot be (`error` says why). */
  async need(frame) {
    if (this.kind === "tint" || this.error) return;
    const number = Math.floor(frame / SPAN);
    const first = number * SPAN;
    let span = this.spans.get(number);
    if (!span) {
      const asked = { first, count: Math.min(SPAN, this.frames - first), part: this.part };
      span = bytes(`overlay/${this.row}/${this.column}`, asked).then(parseNpy);
      this.spans.set(number, span);
      if (this.spans.size > MOST_SPANS) this.spans.delete(this.spans.keys().next().value);
    }
    try {
      const held = await span;
      if (this.spans.has(number)) this.spans.set(number, held);
    } catch (error) {
      this.error = error.message;
    }
  }
}

/** The overlays over a pane, redrawn with each picture of a player. `tinted`: the pane of the mask's video, or null. */
export class Layers {
  constructor(row, overlays, player, pane, tinted) {
    this.all = overlays.map((one, number) => new Layer(row, one, player.clock.count, number));
    Object.assign(this, { player, pane, tinted, changed: () => {} });
    const kept = remembered();
    for (const layer of this.all) layer.isOn = (kept ?? BEGUN).includes(layer.id);
    if (tinted) tinted.isNeeded = this.on.some((one) => one.kind === "tint");
    player.on((frame) => this.draw(frame));
  }

  toggle(number) {
    const layer = this.all[number];
    if (!layer) return;
    layer.isOn = !layer.isOn;
    if (layer.kind === "tint") this.bring(layer);
    localStorage.setItem(MEMORY, JSON.stringify(this.all.filter((one) => one.isOn).map((one) => one.id)));
    this.changed();
    this.draw(this.player.frame);
  }

  /** Those that are on, a tint first: the others are drawn over it. */
  get on() {
    const on = this.all.filter((layer) => layer.isOn);
    return [...on.filter((one) => one.kind === "tint"), ...on.filter((one) => one.kind !== "tint")];
  }

  /** Draws what is on; what is not there yet is drawn when it comes. */
  draw(frame) {
    const canvas = this.pane.marks;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    // The picture itself, too: two canvases may reach the screen one after the other.
    if (this.on.length && !this.pane.still.hidden) context.drawImage(this.pane.still, 0, 0, width, height);
    const missing = this.on.filter((layer) => !this.drawn(layer, context, frame, [width, height]));
    this.drawnFrame = frame;
    for (const layer of missing) this.fetch(layer, frame);
    if (this.player.isPlaying) for (const layer of this.on) layer.need(Math.min(frame + SPAN / 2, layer.frames - 1));
  }

  /** The mask's own pane is read while it tints, though nobody looks at it. */
  async bring(layer) {
    if (!this.tinted) return;
    this.tinted.isNeeded = layer.isOn;
    this.tinted.want(this.tinted.isWanted);
    if (layer.isOn && !this.player.isPlaying) await this.tinted.show(this.player.frame);
    this.draw(this.player.frame);
  }

  drawn(layer, context, frame, size) {
    if (layer.error) return true;
    if (layer.kind === "tint") return this.tint(context, size);
    const found = layer.at(frame);
    if (found) drawOverlay(context, layer.overlay, found.points, found.width, size, layer.colour);
    return Boolean(found);
  }

  tint(context, size) {
    if (!this.tinted?.isNeeded) return true;
    context.globalCompositeOperation = "screen";
    context.globalAlpha = 0.4;
    context.drawImage(this.tinted.picture, 0, 0, ...size);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    return true;
  }

  async fetch(layer, frame) {
    await layer.need(frame);
    if (layer.error) this.changed();
    else if (this.player.frame === frame) this.draw(frame);
  }
}

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(MEMORY));
    return Array.isArray(kept) ? kept : null;
  } catch {
    return null;
  }
}
