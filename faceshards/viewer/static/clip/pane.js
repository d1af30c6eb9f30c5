// One video of a clip: the player, over it the picture that is shown, over that what is drawn. A picture that plays is
// painted at the moment at which it is told of: what is drawn on it, at the same moment, lies on no other one.
import { bytes, json } from "../api.js";
import { element } from "../element.js";
import { Scrubber } from "./scrubber.js";

const MOST_HELD = 4; // pictures of a following video

/** A pane of a video {column, label, keys, size} of a row; `clock` says which picture is shown when. */
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
    this.aspect = video.size ? video.size[0] / video.size[1] : 1;
    this.box.style.setProperty("--aspect", this.aspect);
    this.watching = 0;
    this.held = []; // pictures of a video that follows, which is ahead
    this.isPlaying = false;
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
    this.onWanted?.();
    if (this.isLive) this.ready ??= this.load();
    else this.video.pause();
  }

  /** Resolves when the first picture is there, or cannot be. */
  async load() {
    try {
      this.asked = json(`api/playable/${this.row}/${this.column}`);
      this.way = await this.asked;
      this.said.textContent = this.way.said.replace(/^(transcod|remux)ed\b.*/, (all, verb) => `${verb}ing${all.slice(verb.length + 2)} …`);
      await this.begin(this.way.address, 0);
      if (!this.isLost) this.said.textContent = this.way.said;
    } catch (error) {
      this.lose(error.message);
    }
  }

  /** Begins a file whose first picture is the one at so many seconds. */
  begin(file, seconds) {
    this.offset = null;
    this.begins = seconds;
    return new Promise((done) => {
      this.video.onerror = () => {
        this.lose("the browser cannot play it");
        done();
      };
      this.begun = done;
      this.video.src = file;
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
      this.isBegun = true;
      this.begun();
      if (this.isPlaying) this.take();
      this.onFrame?.(this.frame);
      this.video.requestVideoFrameCallback(told);
    };
    this.video.requestVideoFrameCallback(told);
  }

  /** Takes the picture that the player has now, which may be another one than it told of: the leading video's is
   * painted, one that follows is kept until it is its turn. */
  take() {
    if (!("VideoFrame" in globalThis)) return this.paint(this.video, this.frame);
    const picture = new VideoFrame(this.video);
    this.frame = this.clock.nearest(picture.timestamp / 1e6 - this.offset);
    this.held.push({ frame: this.frame, picture });
    if (this.isMaster) this.showHeld(this.frame);
    while (this.held.length > MOST_HELD) this.held.shift().picture.close();
  }

  /** Paints the last picture that is not behind a frame. */
  showHeld(frame) {
    let last = null;
    while (this.held.length && this.held[0].frame <= frame) {
      last?.picture.close();
      last = this.held.shift();
    }
    if (!last) return;
    this.paint(last.picture, last.frame);
    last.picture.close();
  }

  release() {
    for (const { picture } of this.held.splice(0)) picture.close();
  }

  paint(picture, frame, rotation = 0) {
    paint(this.still, picture, rotation);
    this.still.hidden = false;
    this.painted = frame;
  }

  /** The time that the player has in the midst of a picture. */
  timeOf(frame) {
    return (this.offset ?? 0) + this.clock.middle(frame);
  }

  /** Shows a picture exactly, while nothing plays. */
  async show(frame) {
    if (this.scrubber.canShow(frame)) {
      try {
        const { picture, rotation } = await this.scrubber.picture(frame);
        this.paint(picture, frame, rotation);
        return;
      } catch (error) {
        this.scrubber.failed = true;
        this.said.textContent = error.message;
      }
    }
    if (await this.isAwaited()) return this.showStill(frame);
    await this.seek(frame);
    this.still.hidden = true;
    this.painted = frame;
  }

  /** Whether the player's file is still being made, or made anew for each leap: pictures come from the server then. */
  async isAwaited() {
    const way = await this.asked.catch(() => null); // `load` tells why
    return way !== null && way.way !== "as it is" && !(this.isBegun && way.seeks);
  }

  async showStill(frame) {
    try {
      const picture = await createImageBitmap(new Blob([await bytes(`still/${this.row}/${this.column}`, { frame })]));
      this.paint(picture, frame);
      picture.close();
    } catch (error) {
      this.said.textContent = error.message;
    }
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
    this.release();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.scrubber.close();
  }
}

function paint(canvas, picture, rotation) {
  const width = picture.displayWidth ?? picture.videoWidth ?? picture.width;
  const height = picture.displayHeight ?? picture.videoHeight ?? picture.height;
  const [wide, high] = rotation % 180 ? [height, width] : [width, height];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, wide / 2, high / 2);
  context.rotate((rotation * Math.PI) / 180);
  context.drawImage(picture, -width / 2, -height / 2, width, height);
}
