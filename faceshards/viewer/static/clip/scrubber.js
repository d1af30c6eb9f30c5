// Exact pictures of a video, decoded by the browser from the packets of their group alone.
import { bytes } from "../api.js";
import { configOf, unpack } from "./packets.js";

const MOST_GROUPS = 6; // encoded groups that are kept
const MOST_BYTES = 96 << 20; // decoded pictures that are kept: those nearest to the one that was asked for last
const LONGEST = 900; // pictures of a group: a longer one is left to the player

/** Decodes pictures of one video of `frames` pictures whose groups begin at `keys`. */
export class Scrubber {
  constructor(row, column, keys, frames) {
    Object.assign(this, { row, column, keys, frames });
    this.groups = new Map();
    this.pictures = new Map();
    this.size = 0;
    this.read = 0;
    this.run = null;
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

  /** {picture, rotation} of a number, a VideoFrame that stays the scrubber's; throws where it does not decode. */
  async picture(frame) {
    this.target = frame;
    if (!this.pictures.has(frame)) {
      if (!this.run || frame < this.run.next || frame > this.run.last) await this.begin(frame);
      await this.run?.until(frame);
    }
    const picture = this.pictures.get(frame);
    if (!picture) throw new Error(`picture ${frame} does not decode`);
    return { picture, rotation: this.rotation };
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

  /** Decodes the group of a picture, from its beginning on and behind it as far as there is room for what is kept. */
  async begin(frame) {
    const { head, chunks } = await this.group(frame);
    this.rotation = head.rotation;
    this.run?.close();
    const room = Math.max(1, Math.floor(MOST_BYTES / (1.5 * head.width * head.height)));
    const behind = this.span(frame)[1];
    this.run = new Run(head, chunks, Math.min(behind - 1, frame + room), (number, picture) => this.keep(number, picture));
  }

  keep(number, picture) {
    if (this.pictures.has(number)) return picture.close();
    this.pictures.set(number, picture);
    this.size += bytesOf(picture);
    while (this.size > MOST_BYTES && this.pictures.size > 2) {
      const away = (one) => Math.abs(one - this.target);
      const farthest = [...this.pictures.keys()].reduce((most, one) => (away(one) > away(most) ? one : most));
      const held = this.pictures.get(farthest);
      this.pictures.delete(farthest);
      this.size -= bytesOf(held);
      held.close();
    }
  }

  close() {
    this.run?.close();
    for (const picture of this.pictures.values()) picture.close();
    this.pictures.clear();
    this.groups.clear();
  }
}

/** One pass of a decoder through a group up to picture `last`; `keep(number, picture)` gets each. */
class Run {
  constructor(head, chunks, last, keep) {
    Object.assign(this, { last, next: -Infinity, waiting: [], isOver: false });
    this.decoder = new VideoDecoder({
      output: (picture) => {
        const number = picture.timestamp / 1000;
        if (number < 0 || this.isOver) return picture.close();
        keep(number, picture);
        this.next = number + 1;
        this.tell((one) => one.frame <= number);
      },
      error: () => this.close(),
    });
    this.decoder.configure({ ...configOf(head), hardwareAcceleration: "prefer-software" }); // it lends as many as one holds
    const end = chunks.findLastIndex((one) => one.shown >= 0 && one.shown <= last);
    chunks.slice(0, end + 1).forEach(({ shown, key, data }, at) => {
      const timestamp = shown < 0 ? -1000 * (1e6 + at) : shown * 1000;
      this.decoder.decode(new EncodedVideoChunk({ type: key || !at ? "key" : "delta", timestamp, data }));
    });
    this.decoder.flush().then(() => this.close(), () => this.close());
  }

  /** Resolves when a picture has come, or none will come any more. */
  until(frame) {
    if (this.isOver || frame < this.next) return Promise.resolve();
    return new Promise((done) => this.waiting.push({ frame, done }));
  }

  tell(which) {
    for (const one of this.waiting.filter(which)) one.done();
    this.waiting = this.waiting.filter((one) => !which(one));
  }

  close() {
    this.isOver = true;
    this.last = -1;
    if (this.decoder.state !== "closed") this.decoder.close();
    this.tell(() => true);
  }
}

const bytesOf = ({ codedWidth, codedHeight }) => 1.5 * codedWidth * codedHeight;
