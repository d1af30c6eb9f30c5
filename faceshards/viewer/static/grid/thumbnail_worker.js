// Fetches, decodes and draws the moving pictures of cards, away from the page's own thread. What scrolled by before its
// turn came is never asked for.
import { decodeGroup, fitted } from "./moving_picture.js";

const ROOT = new URL("../../", self.location.href);
const DECODES = new Set(["h264", "vp8", "vp9", "av1", null]);
const AT_ONCE = 3;
const SETTLED = 60; // ms that a card stands still before its picture is fetched
const TICK = 80; // ms between two pictures at most
const MOST_PIXELS = 32_000_000; // of bitmaps that are held: 4 bytes each

const EMPTY = "#8080801f"; // on light and on dark paper

const lines = new Map(); // id -> { canvas, context, width, height, gap, cards }
const cards = new Map(); // id -> { line, slot, row, ... }
const held = new Map(); // row and size -> picture, the latest used last
const asking = new Map(); // row and size -> AbortController
let pixels = 0;

self.onmessage = ({ data }) => ACTS[data.kind](data);

const ACTS = {
  line({ ids: [id, ...ids], canvas }) {
    const line = { canvas, context: canvas.getContext("2d"), width: 1, height: 1, gap: 0 };
    line.cards = ids.map((card, slot) => ({ id: card, line, slot, row: null }));
    lines.set(id, line);
    for (const card of line.cards) cards.set(card.id, card);
  },
  size({ id, width, height, gap }) {
    const line = lines.get(id);
    Object.assign(line, { width, height, gap });
    Object.assign(line.canvas, { width: line.cards.length * (width + gap) - gap, height });
    for (const card of line.cards) Object.assign(card, { row: null, picture: null });
  },
  show({ id, row, codec, playing }) {
    const card = cards.get(id);
    const name = `${row} ${card.line.width} ${card.line.height}`;
    Object.assign(card, { row, codec, name, playing, picture: null, at: -1, since: performance.now(), failed: false });
    const known = held.get(name);
    if (known) settle(card, known);
    else wipe(card, EMPTY);
  },
  hide({ id }) {
    const card = cards.get(id);
    Object.assign(card, { row: null, picture: null });
    asking.get(card.name)?.abort();
    wipe(card, null);
  },
  forget({ ids }) {
    for (const id of ids) {
      lines.get(id)?.cards.forEach((card) => cards.delete(card.id));
      lines.delete(id);
    }
  },
  toggle({ id }) {
    const card = cards.get(id);
    card.playing = !card.playing;
    card.since = performance.now() - (card.picture?.times[card.at] ?? 0);
  },
};

/** Empties the place of a card. */
function wipe({ line, slot }, colour) {
  const { context, width, height, gap } = line;
  context.clearRect(slot * (width + gap), 0, width, height);
  if (!colour) return;
  context.fillStyle = colour;
  context.fillRect(slot * (width + gap), 0, width, height);
}

setInterval(() => {
  const now = performance.now();
  for (const card of cards.values()) {
    if (card.row === null) continue;
    if (card.picture) draw(card, now);
    else if (!card.failed && asking.size < AT_ONCE && now - card.since > SETTLED && !asking.has(card.name)) ask(card);
  }
}, TICK);

/** Draws the picture of this moment, where it is another one than before. */
function draw(card, now) {
  const { bitmaps, times, length } = card.picture;
  const moment = card.playing ? (now - card.since) % length : times[Math.max(0, card.at)];
  let at = times.findLastIndex((time) => time <= moment);
  if (at < 0) at = 0;
  if (at === card.at) return;
  card.at = at;
  paint(card, bitmaps[at]);
}

/** Draws a bitmap in the middle of a card. */
function paint(card, bitmap) {
  const { width, height, gap, context } = card.line;
  const share = Math.min(width / bitmap.width, height / bitmap.height);
  const [across, along] = [Math.round(bitmap.width * share), Math.round(bitmap.height * share)];
  const left = card.slot * (width + gap);
  context.drawImage(bitmap, left + ((width - across) >> 1), (height - along) >> 1, across, along);
}

function settle(card, picture) {
  held.delete(card.name);
  held.set(card.name, picture);
  Object.assign(card, { picture, at: -1, since: performance.now() });
  wipe(card, EMPTY);
  draw(card, card.since);
  postMessage({ id: card.id, row: card.row, still: picture.still });
}

async function ask(card) {
  const { name, row, codec } = card;
  const { width, height } = card.line;
  const asked = new AbortController();
  asking.set(name, asked);
  try {
    const begun = (bitmap) => showing(name, row).forEach((one) => paint(one, bitmap));
    const picture = await fetched(row, codec, width, height, asked.signal, begun);
    hold(name, picture);
    for (const one of showing(name, row)) settle(one, picture);
  } catch (error) {
    if (error.name === "AbortError") return;
    for (const one of showing(name, row)) {
      one.failed = true;
      postMessage({ id: one.id, row, failed: error.message });
    }
  } finally {
    asking.delete(name);
  }
}

/** The cards that show a picture. */
function showing(name, row) {
  return [...cards.values()].filter((one) => one.name === name && one.row === row);
}

/** The moving picture of a row; where the browser decodes none of it, the server's still, and why. */
async function fetched(row, codec, width, height, signal, begun) {
  let still = "";
  if (!("VideoDecoder" in self)) still = "this browser has no WebCodecs";
  else if (!DECODES.has(codec ?? null)) still = `browsers decode no ${codec}`;
  else {
    try {
      const body = await body_of(`thumbnail/${row}`, signal);
      return { ...(await decodeGroup(await body.arrayBuffer(), width, height, begun)), still };
    } catch (error) {
      if (error.name === "AbortError") throw error;
      still = error.message;
    }
  }
  const whole = await createImageBitmap(await (await body_of(`poster/${row}`, signal)).blob());
  const [across, along] = fitted([whole.width, whole.height], [width, height]);
  const bitmap = await createImageBitmap(whole, { resizeWidth: across, resizeHeight: along, resizeQuality: "medium" });
  whole.close();
  return { bitmaps: [bitmap], times: [0], length: 1000, still };
}

async function body_of(path, signal) {
  const answer = await fetch(new URL(path, ROOT), { signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer;
}

/** Keeps a picture, and lets go of those that nobody has looked at for longest. */
function hold(name, picture) {
  held.set(name, picture);
  pixels += area(picture);
  const used = new Set([...cards.values()].filter((card) => card.row !== null).map((card) => card.name));
  for (const [old, one] of held) {
    if (pixels <= MOST_PIXELS) break;
    if (used.has(old) || old === name) continue;
    held.delete(old);
    pixels -= area(one);
    one.bitmaps.forEach((bitmap) => bitmap.close());
  }
}

function area(picture) {
  return picture.bitmaps.reduce((sum, bitmap) => sum + bitmap.width * bitmap.height, 0);
}
