// Exact pictures of a video, decoded by the browser from the packets of their group alone.
import { bytes } from "../api.js";
import { configOf, unpack } from "./packets.js";

const MOST_GROUPS = 6; // encoded groups that are kept
const MOST_PICTURES = 48 << 20; // bytes of decoded pictures that are kept
const AROUND = 8; // pictures before and behind the one that is asked for, kept for steps
const LONGEST = 900; // pictures of a group: a longer one is left to the player

/** Decodes pictures of one video of `frames` pictures whose groups begin at `keys`. */
export class Scrubber {
  constructor(row, column, keys, frames) {
    Object.assign(this, { row, column, keys, frames });
    this.groups = new Map();
    this.pictures = new Map();
    this.read = 0;
  }

  /** Whether this browser can do it for the picture. */
  canShow(frame) {
    if (!("VideoDecoder" in globalThis) || !this.keys.length || this.failed) return false;
    const [first, behind] = this.span(frame);
    return frame >= this.keys[0] && behind - first <= LONGEST;
  }

  /** The group's first picture and the one behind its last. */
  span(frame) {
    let at = this.keys.findIndex((key) => key > frame);
    if (at < 0) at = this.keys.length;
    return [this.keys[Math.max(0, at - 1)], this.keys[at] ?? this.frames];
  }

  /** {bitmap, rotation} of a picture; throws where it does not decode. */
  async picture(frame) {
    if (!this.pictures.has(frame)) await this.decode(frame);
    const found = this.pictures.get(frame);
    if (!found) throw new Error(`picture ${frame} does not decode`);
    return found;
  }

  async group(frame) {
    const [first, behind] = this.span(frame);
    const held = this.groups.get(first);
    this.groups.delete(first);
    const group = held ?? unpack(await this.fetched(first, behind - first));
    this.groups.set(first, group);
    if (this.groups.size > MOST_GROUPS) this.groups.delete(this.groups.keys().next().value);
    return group;
  }

  async fetched(first, count) {
    const buffer = await bytes(`packets/${this.row}/${this.column}`, { first, count });
    this.read += buffer.byteLength;
    return buffer;
  }

  async decode(frame) {
    const { head, chunks } = await this.group(frame);
    const made = [];
    let broken = null;
    const decoder = new VideoDecoder({
      output: (picture) => {
        const shown = picture.timestamp / 1000;
        if (Math.abs(shown - frame) > AROUND) return picture.close();
        made.push(createImageBitmap(picture).then((bitmap) => this.keep(shown, { bitmap, rotation: head.rotation })).finally(() => picture.close()));
      },
      error: (error) => (broken = error),
    });
    try {
      decoder.configure(configOf(head));
      const wanted = Math.min(frame + AROUND, Math.max(...chunks.map((one) => one.shown)));
      const last = chunks.findLastIndex((one) => one.shown >= frame && one.shown <= wanted);
      chunks.slice(0, last + 1).forEach(({ shown, key, data }, at) => {
        const timestamp = shown < 0 ? -1000 * (1e6 + at) : shown * 1000;
        decoder.decode(new EncodedVideoChunk({ type: key || !at ? "key" : "delta", timestamp, data }));
      });
      await decoder.flush();
      await Promise.all(made);
    } finally {
      if (decoder.state !== "closed") decoder.close();
    }
    if (broken) throw broken;
  }

  keep(number, picture) {
    this.pictures.delete(number);
    this.pictures.set(number, picture);
    const each = 4 * picture.bitmap.width * picture.bitmap.height;
    const most = Math.max(2 * AROUND + 2, Math.floor(MOST_PICTURES / each));
    while (this.pictures.size > most) {
      const [oldest, held] = this.pictures.entries().next().value;
      this.pictures.delete(oldest);
      held.bitmap.close();
    }
  }

  close() {
    for (const { bitmap } of this.pictures.values()) bitmap.close();
    this.pictures.clear();
    this.groups.clear();
  }
}
