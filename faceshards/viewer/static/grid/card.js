// The card of a clip: its moving picture, its name, what the order is by, and marks. Cards are recycled: a card shows
// one clip after the other, and nothing of it is made anew.
import { element } from "../element.js";
import { hash } from "../place.js";
import { short } from "../number_text.js";

/** A card. `show(place, clip)` puts a clip on it, `show(place, undefined)` one that is not here yet. */
export class Card {
  constructor(thumbnails, id) {
    this.thumbnails = thumbnails;
    this.canvas = element("canvas", { ariaHidden: "true" });
    [this.name, this.note, this.mark, this.still, this.verdict] = ["name", "note", "mark", "still", "verdict"].map((kind) => element("span", { className: kind }, ""));
    this.element = element(
      "a",
      { className: "card", id, role: "option", tabIndex: -1, draggable: false },
      element("span", { className: "picture" }, this.canvas, this.still, this.verdict),
      element("span", { className: "caption" }, this.mark, this.name, this.note),
    );
    this.element.setAttribute("role", "option");
    this.picture = thumbnails.add(this.canvas);
    this.row = null;
  }

  /** Puts a clip here; `asked` is the order it stands in, `size` its picture's width and height in pixels. */
  show(place, clip, asked, size) {
    this.place = place;
    this.clip = clip;
    const row = clip?.row ?? null;
    if (row !== this.row || size !== this.size) {
      if (row !== null) this.thumbnails.show(this.picture, row, clip.video_codec ?? null, ...size);
      else if (this.row !== null) this.thumbnails.hide(this.picture);
      text(this.still, "");
      this.still.title = "";
    }
    [this.row, this.size] = [row, size];
    text(this.name, clip ? `${clip.name ?? clip.key}` : "");
    text(this.note, clip ? note(clip, asked.sort) : "");
    text(this.mark, clip?.failed ? "●" : "");
    this.mark.title = clip?.failed ? clip.failed.split(" ").join("\n") : "";
    this.judged(clip?.verdict);
    if (clip) {
      this.element.href = hash("clip", row, { ...asked, at: place });
      this.element.title = `${clip.name ?? clip.key}\n${clip.shard}`;
    } else this.element.removeAttribute("href");
    this.element.setAttribute("aria-posinset", place + 1);
  }

  /** What the picture turned out to be. */
  told({ still, failed }) {
    text(this.still, failed ? "no picture" : still ? "still" : "");
    this.still.title = failed ?? still ?? "";
  }

  /** Shows a verdict: keep, drop or none. */
  judged(verdict) {
    text(this.verdict, { keep: "✓", drop: "✕" }[verdict] ?? "");
    this.verdict.className = `verdict ${verdict ?? ""}`;
    this.verdict.title = verdict ?? "";
  }
}

function text(of, says) {
  if (of.firstChild.data !== says) of.firstChild.data = says;
}

function note(clip, sort) {
  const by = sort && clip[sort] !== undefined && !["name", "duration"].includes(sort) ? clip[sort] : null;
  if (by !== null) return typeof by === "number" ? short(by) : String(by);
  return typeof clip.duration === "number" ? `${clip.duration.toFixed(1)} s` : "";
}
