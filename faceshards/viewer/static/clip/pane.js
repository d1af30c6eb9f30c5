// One video of a clip: the player, over it the exact picture where nothing moves, over that what is drawn.
import { json } from "../api.js";
import { element } from "../element.js";
import { Scrubber } from "./scrubber.js";

/** A pane of a video {column, label, codec, keys} of a row; `clock` says which picture is shown when. */
export class Pane {
  constructor(row, video, clock, isMaster) {
    Object.assign(this, { row, clock, isMaster, column: video.column, label: video.label });
    this.frame = 0;
    this.offset = null; // what the player calls the first picture's time
    this.scrubber = new Scrubber(row, video.column, video.keys, clock.count);
    this.video = element("video", { muted: !isMaster, preload: "auto", playsInline: true, disablePictureInPicture: true });
    this.still = element("canvas", { className: "still", hidden: true });
    this.marks = element("canvas", { className: "marks" });
    this.said = element("span", { className: "said" });
    this.frameBox = element("div", { className: "frame" }, this.video, this.still, this.marks);
    this.box = element("figure", { className: isMaster ? "pane master" : "pane" }, this.frameBox, element("figcaption", {}, video.label, " ", this.said));
    this.box.dataset.column = video.column;
    if (video.size) this.box.style.setProperty("--aspect", video.size[0] / video.size[1]);
    this.watching = 0;
    this.isWanted = false;
    this.box.hidden = true;
  }

  /** Whether its pictures are looked at: shown, or laid over another pane. */
  get isLive() {
    return this.isWanted || Boolean(this.isNeeded);
  }

  /** Shows the pane, or hides it; its video is fetched when it is first shown. */
  want(is) {
    this.isWanted = is;
    this.box.hidden = !is;
    if (this.isLive) this.ready ??= this.load();
    else this.video.pause();
  }

  /** Resolves when the first picture is there, or cannot be. */
  async load() {
    try {
      this.way = await json(`api/playable/${this.row}/${this.column}`);
      if (this.way.said) this.said.textContent = this.way.said;
      await this.begin(this.way.address, 0);
    } catch (error) {
      this.lose(error.message);
    }
  }

  /** Begins a file whose first picture is the one at so many seconds. */
  begin(address, seconds) {
    this.offset = null;
    this.begins = seconds;
    return new Promise((done) => {
      this.video.onerror = () => {
        this.lose("the browser cannot play it");
        done();
      };
      this.begun = done;
      this.video.src = address;
      this.watch();
    });
  }

  lose(why) {
    this.isLost = true;
    this.said.textContent = why;
    this.box.classList.add("lost");
  }

  /** Follows which picture the player shows: by the time that it says, from that of the file's first picture on. */
  watch() {
    const watched = ++this.watching;
    const told = (now, { mediaTime }) => {
      if (this.isClosed || watched !== this.watching) return;
      this.offset ??= mediaTime - this.begins;
      this.frame = this.clock.nearest(mediaTime - this.offset);
      this.begun();
      if (!this.video.paused) this.still.hidden = true;
      this.onFrame?.(this.frame);
      this.video.requestVideoFrameCallback(told);
    };
    this.video.requestVideoFrameCallback(told);
  }

  /** The time that the player has in the midst of a picture. */
  timeOf(frame) {
    return (this.offset ?? 0) + this.clock.middle(frame);
  }

  /** Shows a picture exactly, while nothing plays. */
  async show(frame) {
    if (this.scrubber.canShow(frame)) {
      try {
        const { bitmap, rotation } = await this.scrubber.picture(frame);
        paint(this.still, bitmap, rotation);
        this.still.hidden = false;
        this.frame = frame;
        return;
      } catch (error) {
        this.scrubber.failed = true;
        this.said.textContent = error.message;
      }
    }
    await this.seek(frame);
    this.still.hidden = true;
    this.frame = frame;
  }

  /** Brings the player itself to a picture. */
  async seek(frame) {
    await this.ready;
    if (this.isLost) return;
    const time = this.timeOf(frame);
    if (!this.way.seeks) return this.begin(`${this.way.address}?start=${this.clock.times[frame]}`, this.clock.times[frame]);
    if (Math.abs(this.video.currentTime - time) < 1e-4 && !this.video.seeking) return;
    await new Promise((done) => {
      this.video.addEventListener("seeked", done, { once: true });
      this.video.currentTime = time;
    });
  }

  /** What shows the picture now: the exact one, or the player. */
  get picture() {
    return this.still.hidden ? this.video : this.still;
  }

  close() {
    this.isClosed = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.scrubber.close();
  }
}

function paint(canvas, bitmap, rotation) {
  const turned = rotation % 180 !== 0;
  canvas.width = turned ? bitmap.height : bitmap.width;
  canvas.height = turned ? bitmap.width : bitmap.height;
  const context = canvas.getContext("2d");
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((rotation * Math.PI) / 180);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
}
