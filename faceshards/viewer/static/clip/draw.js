// One overlay of one frame, drawn on a canvas. Points are shares of the picture's width and height; what is no number
// is not there.
import { LINES } from "./skeleton.js";

export const TRACKS = ["#40e0a0", "#ffb02e", "#60aaff", "#ff6e96", "#be96ff", "#faf05a"];
/** Those of overlays, in their order. */
export const LAYERS = ["#40e0a0", "#ffb02e", "#6fc3ff", "#ff6e96", "#be96ff", "#faf05a", "#ff8f5a", "#7de36a", "#a9b4c6", "#5ad6e0", "#e08adf", "#c8b28a"];
const AXES = ["#ff5a5a", "#5ee27a", "#5aa2ff"]; // towards the picture's right, the crown, the face
const LEAST_SCORE = 0.3; // points that a network is less sure of are faint
const HALO = "rgba(8, 10, 14, 0.55)";

/** Draws `overlay` {kind, group, third} from `points`, float32, `width` numbers a point, on a canvas of a size. */
export function drawOverlay(context, overlay, points, width, size, colour) {
  const at = (place) => [points[place * width] * size[0], points[place * width + 1] * size[1]];
  const there = (place) => Number.isFinite(points[place * width]) && Number.isFinite(points[place * width + 1]);
  const third = (place) => (width > 2 ? points[place * width + 2] : NaN);
  const count = points.length / width;
  context.lineJoin = context.lineCap = "round";
  for (let first = 0; first + overlay.group <= count; first += overlay.group) {
    const thing = { first, group: overlay.group, at, there, third, colour: coloured(overlay, third(first), colour), size };
    DRAWN[overlay.kind](context, thing);
  }
}

const DRAWN = { boxes, points: dots, rays, axes, outline, speaking };

function coloured(overlay, third, colour) {
  return overlay.third === "track" && Number.isFinite(third) ? TRACKS[Math.abs(third) % TRACKS.length] : colour;
}

function boxes(context, { first, at, there, third, colour }) {
  if (!there(first) || !there(first + 1)) return;
  const [left, top] = at(first);
  const [right, bottom] = at(first + 1);
  stroked(context, colour, 1.5, () => context.rect(left, top, right - left, bottom - top));
  if (Number.isFinite(third(first))) label(context, `${third(first)}`, left, top, colour);
}

function speaking(context, { first, at, there, third }) {
  if (!there(first) || !there(first + 1)) return;
  const [left, top] = at(first);
  const [right, bottom] = at(first + 1);
  const speaks = third(first) > 0;
  const colour = speaks ? "#57e389" : "#9aa0aa";
  stroked(context, colour, 3, () => {
    context.moveTo(left, bottom + 5);
    context.lineTo(right, bottom + 5);
  });
  label(context, `${speaks ? "speaks" : "silent"} ${third(first).toFixed(1)}`, left, bottom + 24, colour);
}

function dots(context, { first, group, at, there, third, colour, size }) {
  for (const line of LINES[group] ?? []) {
    stroked(context, colour, 1, () => path(context, line.map((one) => first + one), at, there, third), 0.75);
  }
  const unit = Math.min(...size);
  const radius = Math.max(0.9, unit / (group > 200 ? 400 : group > 30 ? 230 : 140));
  for (const sure of [false, true]) {
    context.beginPath();
    for (let place = first; place < first + group; place++) {
      if (!there(place) || sure === third(place) < LEAST_SCORE) continue;
      const [x, y] = at(place);
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 7);
    }
    context.globalAlpha = sure ? 1 : 0.35;
    context.fillStyle = colour;
    context.fill();
  }
  context.globalAlpha = 1;
}

function path(context, line, at, there, third) {
  let isDown = false;
  for (const place of line) {
    const is = there(place) && !(third(place) < LEAST_SCORE);
    if (is) context[isDown ? "lineTo" : "moveTo"](...at(place));
    isDown = is;
  }
}

function rays(context, { first, group, at, there, colour }) {
  for (let place = first; place < first + group; place += 2) ray(context, place, at, there, colour);
}

function axes(context, { first, at, there }) {
  AXES.forEach((colour, number) => ray(context, first + 2 * number, at, there, colour));
}

function ray(context, place, at, there, colour) {
  if (!there(place) || !there(place + 1)) return;
  const [from, to] = [at(place), at(place + 1)];
  stroked(context, colour, 2, () => {
    context.moveTo(...from);
    context.lineTo(...to);
  });
  context.beginPath();
  context.arc(...to, 2.5, 0, 7);
  context.fillStyle = colour;
  context.fill();
}

function outline(context, { first, group, at, there, colour }) {
  context.setLineDash([5, 4]);
  stroked(context, colour, 1.25, () => {
    path(context, Array.from({ length: group + 1 }, (_, one) => first + (one % group)), at, there, () => 1);
  });
  context.setLineDash([]);
}

function stroked(context, colour, thickness, traced, alpha = 1) {
  context.beginPath();
  traced();
  context.strokeStyle = HALO;
  context.lineWidth = thickness + 1.5;
  context.globalAlpha = alpha;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.stroke();
  context.globalAlpha = 1;
}

function label(context, text, left, bottom, colour) {
  context.font = "600 11px system-ui, sans-serif";
  const wide = context.measureText(text).width + 8;
  context.fillStyle = colour;
  context.fillRect(left - 0.75, bottom - 15, wide, 15);
  context.fillStyle = "#0b0d11";
  context.fillText(text, left + 3, bottom - 4);
}
