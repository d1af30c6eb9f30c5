// The card of a clip, over its moving picture (line.js): its name, what the order is by, and marks. Cards are recycled:
// one shows one clip after the other, and nothing of it is made anew.
import { element } from "../element.js";
import { hash } from "../place.js";
import { short } from "../number_text.js";

let made = 0;

/** A card. `show(place, clip)` puts a clip on it, `show(place, undefined)` one that is not here yet. */
export class Card {
  constructor(thumbnails, picture) {
    this.thumbnails = thumbnails;
    [this.name, this.note, this.mark, this.still, this.verdict] = ["name", "note", "mark", "still", "verdict"].map((kind) => element("span", { className: kind }, ""));
    this.element = element(
      "a",
      { className: "card", id: `card${++made}`, tabIndex: -1, draggable: false, href: "#clip" },
      element("span", { className: "picture" }, this.still, this.verdict),
      element("span", { className: "caption" }, this.mark, this.name, this.note),
    );
    this.element.setAttribute("role", "option");
    this.element.addEventListener("pointerenter", () => this.#link());
    this.picture = picture;
    this.row = null;
  }

  /** Puts a clip here; `asked` is the order it stands in, `size` what its picture was last made for. */
  show(place, clip, asked, size) {
    this.place = place;
    this.clip = clip;
    const row = clip?.row ?? null;
    if (row !== this.row || size !== this.size) {
      if (row !== null) this.thumbnails.show(this.picture, row, clip.video_codec ?? null);
      else if (this.row !== null) this.thumbnails.hide(this.picture);
      this.#still("", "");
    }
    [this.row, this.size] = [row, size];
    text(this.name, clip ? `${clip.name ?? clip.key}` : "");
    text(this.note, clip ? note(clip, asked.sort) : "");
    text(this.mark, clip?.failed ? "●" : "");
    if (clip?.failed) this.mark.title = clip.failed.split(" ").join("\n");
    this.judged(clip?.verdict);
    this.asked = asked;
  }

  /** The address of the clip. */
  get address() {
    return hash("clip", this.row, { ...this.asked, at: this.place });
  }

  /** Puts the address and the whole name on the card when the mouse comes: while one scrolls, that would cost the most. */
  #link() {
    if (!this.clip) return;
    this.element.href = this.address;
    this.element.title = `${this.clip.name ?? this.clip.key}\n${this.clip.shard}`;
  }

  /** What the picture turned out to be. */
  told(row, { still, failed }) {
    if (row !== this.row) return;
    this.#still(failed ? "no picture" : still ? "still" : "", failed ?? still ?? "");
  }

  #still(says, why) {
    text(this.still, says);
    if (this.still.title !== why) this.still.title = why;
  }

  /** Shows a verdict: keep, drop or none. */
  judged(verdict) {
    if (verdict === this.shownVerdict) return;
    this.shownVerdict = verdict;
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
