// A line of cards, which is put in another place as a whole. Their moving pictures share one canvas: a browser lays
// every canvas on a layer of its own, and few of them scroll lightly.
import { element } from "../element.js";
import { Card } from "./card.js";

/** A line of `columns` cards. */
export class Line {
  constructor(thumbnails, columns) {
    const canvas = element("canvas", { ariaHidden: "true" });
    this.thumbnails = thumbnails;
    [this.picture, ...this.pictures] = thumbnails.add(canvas, columns);
    this.cards = this.pictures.map((picture) => new Card(thumbnails, picture));
    this.element = element("div", { className: "line" }, canvas, ...this.cards.map((card) => card.element));
    this.element.setAttribute("role", "presentation");
  }

  /** Puts the line at a height, in px. */
  place(top) {
    this.element.hidden = false;
    if (this.top === top) return;
    this.top = top;
    this.element.style.transform = `translateY(${top}px)`;
  }

  /** Shows the clips from place `first` on of an order (cells.js). `stay`: what stands here stays until they have come. */
  show(first, { pages, count, asked, size }, stay) {
    if (size !== this.size) this.thumbnails.size(this.picture, ...size);
    this.size = size;
    this.cards.forEach((card, at) => {
      const clip = pages.at(first + at);
      card.element.hidden = first + at >= count;
      if (clip || !stay || first + at >= count) card.show(first + at, clip, asked, size);
    });
  }

  /** Shows nothing. */
  rest() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    for (const card of this.cards) card.show(-1, undefined, {}, card.size);
  }
}
