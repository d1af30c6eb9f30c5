// Which picture of a clip is shown when: by the clip's own times, however uneven.

/** Of ascending `times`, seconds from the first picture on, one a picture. */
export class Clock {
  constructor(times) {
    this.times = times;
    this.count = times.length;
    const last = this.count > 1 ? times[this.count - 1] - times[this.count - 2] : 0.04;
    this.duration = (this.count ? times[this.count - 1] : 0) + last;
  }

  /** The number of the picture that is shown at a moment. */
  frameAt(seconds) {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[middle] <= seconds) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  /** The picture whose own time is nearest: what a player tells of a picture is rounded to its container's ticks. */
  nearest(seconds) {
    const before = this.frameAt(seconds);
    const after = Math.min(before + 1, this.count - 1);
    return this.times[after] - seconds < seconds - this.times[before] ? after : before;
  }

  /** A moment in the midst of a picture, where no rounding leads to another one. */
  middle(frame) {
    const next = frame + 1 < this.count ? this.times[frame + 1] : this.duration;
    return (this.times[frame] + next) / 2;
  }

  clamp(frame) {
    return Math.max(0, Math.min(this.count - 1, frame));
  }
}
