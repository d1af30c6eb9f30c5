// A histogram of a score with two handles: what all clips have behind what the chosen ones have. Heights are square
// roots, so that a few clips among many are seen.
import { element } from "../element.js";
import { count, short, stepped } from "../number_text.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 100;

/** `moved({ from, to }, done)` is called while a handle moves, and with `done` when it is let go; null: no bound. */
export class Histogram {
  constructor(scalar, moved) {
    this.unit = /^$|\.\.|share/.test(scalar.unit) ? "" : ` ${scalar.unit}`; // 0..1 is a range
    Object.assign(this, { scalar, moved, bounds: { from: null, to: null } });
    this.all = shape("all");
    this.chosen = shape("chosen");
    this.plot = document.createElementNS(SVG, "svg");
    this.plot.setAttribute("preserveAspectRatio", "none");
    this.plot.setAttribute("aria-hidden", "true");
    this.plot.append(this.all, this.chosen);
    this.handles = { from: this.#handle("from"), to: this.#handle("to") };
    this.veils = [element("span", { className: "veil left" }), element("span", { className: "veil right" })];
    this.area = element("div", { className: "plot" }, this.plot, ...this.veils, this.handles.from, this.handles.to);
    this.range = element("output", {}, "");
    this.absent = element("span", { className: "absent" }, "");
    this.element = element(
      "div",
      { className: "facet pending", title: `${scalar.name}${scalar.doc ? `: ${scalar.doc}` : ""}` },
      element("div", { className: "label" }, element("span", { className: "of" }, scalar.name), this.absent, this.range),
      this.area,
    );
    this.area.addEventListener("pointerdown", (event) => this.#grabbed(event));
    this.area.addEventListener("dblclick", () => this.facet && this.#set({ from: null, to: null }, true));
  }

  /** Draws a facet (pages/filter/facets.py) and the bounds that a filter sets. */
  show(facet, bounds) {
    this.facet = facet;
    for (const handle of Object.values(this.handles)) handle.tabIndex = 0;
    const constant = facet.bins < 2;
    this.element.classList.remove("pending");
    this.element.classList.toggle("nowhere", !facet.bins);
    this.element.classList.toggle("constant", constant);
    this.absent.firstChild.data = facet.absent ? `∅ ${count(facet.absent)}` : "";
    this.absent.title = facet.absent ? `${count(facet.absent)} clips have no ${this.scalar.name}` : "";
    if (constant) {
      this.range.value = facet.bins ? `${short(facet.least)}${this.unit} in all${facet.absent ? " others" : ""}` : "";
      return;
    }
    this.plot.setAttribute("viewBox", `0 0 ${facet.bins} ${HEIGHT}`);
    const peak = Math.sqrt(Math.max(...facet.all));
    this.all.setAttribute("d", outline(facet.all, peak));
    this.chosen.setAttribute("d", outline(facet.chosen, peak));
    if (!this.held) this.bounds = bounds;
    this.#place();
  }

  get #ends() {
    const half = this.facet.each ? 0.5 : 0;
    return [this.facet.low - half, this.facet.high + half];
  }

  #share(value, side) {
    const [low, high] = this.#ends;
    const half = this.facet.each ? (side === "from" ? -0.5 : 0.5) : 0;
    return Math.max(0, Math.min(1, (value + half - low) / (high - low)));
  }

  #place() {
    const { from, to } = this.bounds;
    const [left, right] = [from === null ? 0 : this.#share(from, "from"), to === null ? 1 : this.#share(to, "to")];
    this.veils[0].style.width = `${left * 100}%`;
    this.veils[1].style.left = `${right * 100}%`;
    for (const [side, at] of [["from", left], ["to", right]]) {
      const handle = this.handles[side];
      const value = this.bounds[side] ?? (side === "from" ? this.facet.low : this.facet.high);
      handle.style.left = `${at * 100}%`;
      handle.ariaValueMin = this.facet.low;
      handle.ariaValueMax = this.facet.high;
      handle.ariaValueNow = value;
      handle.ariaValueText = this.bounds[side] === null ? "no bound" : `${short(value)}${this.unit}`;
    }
    const set = from !== null || to !== null;
    this.element.classList.toggle("set", set);
    const [least, most] = [from ?? this.facet.least, to ?? this.facet.greatest];
    this.range.value = `${short(least)} – ${short(most)}${this.unit}`;
  }

  #handle(side) {
    const handle = element("div", { className: `handle ${side}`, tabIndex: -1, ariaLabel: `${this.scalar.name} ${side}`, ariaOrientation: "horizontal" });
    handle.setAttribute("role", "slider");
    handle.dataset.side = side;
    handle.addEventListener("keydown", (event) => this.#pressed(event, side));
    return handle;
  }

  #pressed(event, side) {
    if (!this.facet) return; // how the score spreads is not told yet: there is no scale to move on
    const { low, high, step, each } = this.facet;
    const far = Math.max(step, stepped((high - low) / 10, step));
    const near = each ? 1 : Math.max(step, stepped((high - low) / 100, step));
    const now = this.bounds[side] ?? (side === "from" ? low : high);
    const to = {
      ArrowRight: now + near, ArrowUp: now + near, ArrowLeft: now - near, ArrowDown: now - near,
      PageUp: now + far, PageDown: now - far, Home: side === "from" ? low : this.bounds.from ?? low, End: side === "to" ? high : this.bounds.to ?? high,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#set(this.#bound(side, to), true);
  }

  /** The bounds with one moved to a value: at an end of the scale there is none, and neither passes the other. */
  #bound(side, value) {
    const { low, high, step } = this.facet;
    const { from, to } = this.bounds;
    const said = stepped(value, step);
    if (side === "from") return { from: said <= low ? null : Math.min(said, to ?? Math.max(said, stepped(high, step))), to };
    return { from, to: said >= high ? null : Math.max(said, from ?? Math.min(said, stepped(low, step))) };
  }

  #grabbed(event) {
    if (event.button !== 0 || !(this.facet?.bins >= 2)) return;
    event.preventDefault();
    const at = this.#valueAt(event);
    const { from, to } = this.bounds;
    const side = event.target.dataset?.side ?? (Math.abs(at - (from ?? this.#ends[0])) <= Math.abs(at - (to ?? this.#ends[1])) ? "from" : "to");
    this.held = side;
    this.handles[side].focus({ preventScroll: true });
    this.area.setPointerCapture(event.pointerId);
    const move = (moved) => this.#set(this.#bound(side, this.#rounded(this.#valueAt(moved), side)), false);
    const drop = () => {
      this.held = null;
      this.area.removeEventListener("pointermove", move);
      this.#set(this.bounds, true);
    };
    this.area.addEventListener("pointermove", move);
    this.area.addEventListener("lostpointercapture", drop, { once: true });
    if (!event.target.classList.contains("handle")) move(event);
  }

  #rounded(value, side) {
    return this.facet.each ? (side === "from" ? Math.ceil(value - 0.01) : Math.floor(value + 0.01)) : value;
  }

  #valueAt(event) {
    const box = this.area.getBoundingClientRect();
    const [low, high] = this.#ends;
    return low + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * (high - low);
  }

  #set(bounds, done) {
    const same = bounds.from === this.bounds.from && bounds.to === this.bounds.to;
    this.bounds = bounds;
    this.#place();
    if (!same || done) this.moved(bounds, done);
  }
}

function shape(kind) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", kind);
  return path;
}

/** Bars as one outline; a bin that holds any clip is seen. */
function outline(counts, peak) {
  const heights = counts.map((one) => (one ? Math.max(3, (Math.sqrt(one) / peak) * HEIGHT) : 0));
  return heights.map((height, at) => (height ? `M${at + 0.04} ${HEIGHT}V${(HEIGHT - height).toFixed(1)}H${at + 0.96}V${HEIGHT}Z` : "")).join("");
}
