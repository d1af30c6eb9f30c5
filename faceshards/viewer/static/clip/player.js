// All panes of a clip in step: one plays, the others follow it picture by picture. They go a little ahead, and each of
// their pictures is shown with that of the leading one.

const NUDGE = 0.06; // how much faster or slower a follower goes for each picture that it is off
const AHEAD = 2; // pictures that a follower is ahead
const JUMP = 10; // pictures off at which it leaps

/** Plays `panes`, the first of which is heard and leads; `clock` is the clip's. */
export class Player {
  constructor(panes, clock) {
    Object.assign(this, { panes, clock, frame: 0, isPlaying: false, rate: 1, listeners: [] });
    this.master = panes[0];
    this.master.onFrame = (frame) => this.isPlaying && this.tick(frame);
    this.master.video.addEventListener("ended", () => this.isPlaying && this.pause(clock.count - 1));
  }

  /** Calls `told(frame)` whenever another picture is shown. */
  on(told) {
    this.listeners.push(told);
  }

  get shownPanes() {
    return this.panes.filter((pane) => pane.isLive && !pane.isLost);
  }

  tell() {
    for (const told of this.listeners) told(this.frame);
  }

  tick(frame) {
    this.frame = frame;
    for (const pane of this.shownPanes) if (pane !== this.master) this.follow(pane);
    this.tell();
  }

  follow(pane) {
    pane.showHeld(this.frame);
    const off = pane.frame - this.frame - AHEAD;
    if (Math.abs(off) > JUMP && pane.way?.seeks) pane.video.currentTime = pane.timeOf(this.clock.clamp(this.frame + AHEAD));
    pane.video.playbackRate = this.rate * (1 - Math.max(-0.5, Math.min(0.5, NUDGE * off)));
    if (pane.video.paused && !pane.video.ended) {
      pane.isPlaying = true;
      pane.video.play().catch(() => {});
    }
  }

  /** Shows a picture in all panes; of many that are asked for at once the last one. Resolves when it is there. */
  async seek(frame) {
    this.pauseNow();
    this.wanted = this.clock.clamp(frame);
    this.seeking ??= this.settle().finally(() => (this.seeking = null));
    return this.seeking;
  }

  async settle() {
    while (this.wanted !== null && this.wanted !== undefined) {
      const frame = this.wanted;
      this.wanted = null;
      await this.master.show(frame); // first: it is looked at
      this.frame = frame;
      this.tell();
      const twins = this.shownPanes.filter((pane) => pane !== this.master);
      await Promise.all(twins.map((pane) => pane.show(frame)));
      if (twins.length) this.tell();
    }
  }

  step(by) {
    return this.seek((this.wanted ?? this.frame) + by);
  }

  toggle() {
    return this.isPlaying ? this.pause(this.frame) : this.play();
  }

  async play() {
    if (this.frame >= this.clock.count - 1) await this.seek(0);
    await this.seeking;
    this.isPlaying = true;
    this.tell(); // the first pictures may take a while
    const begin = (pane) => this.clock.clamp(this.frame + (pane === this.master ? 0 : AHEAD));
    await Promise.all(this.shownPanes.map((pane) => pane.seek(begin(pane))));
    if (!this.isPlaying) return;
    for (const pane of this.shownPanes) pane.isPlaying = true;
    for (const { video } of this.shownPanes) {
      video.playbackRate = this.rate;
      video.play().catch(() => {});
    }
    this.tell();
  }

  pauseNow() {
    this.isPlaying = false;
    for (const pane of this.panes) {
      pane.isPlaying = false;
      pane.release();
      if (!pane.video.paused) pane.video.pause();
    }
  }

  /** Stands still at a picture. */
  pause(frame) {
    return this.seek(frame);
  }

  close() {
    this.pauseNow();
    for (const pane of this.panes) pane.close();
  }
}
