// A scroll area of cells of one size, of which only those in sight and a margin are elements: as many for 10^6 clips as
// for a hundred. The arrow keys move a selection.
import { element } from "../element.js";
import { Card } from "./card.js";
import { CardPages } from "./card_pages.js";
import { barAt, barHeight, contentAt } from "./scroll_map.js";
import { Thumbnails } from "./thumbnails.js";

const GAP = 8; // px between cells, as in grid.css
const CAPTION = 24; // px of a caption, as in grid.css
const MARGIN = 1; // lines out of sight, above and below, that are there
const LONGEST_PICTURE = 360; // px of a drawn picture: what is larger is scaled up
const SETTLED = 160; // ms without a scroll after which the bar is set to its scale

/** `width`: what a cell wants to have, in px; `aspect`: width over height of its picture. `selected(place)` is called
 * when the selection or, without one, the first place in sight has moved; `failed(error)` when cards do not come. */
export class Cells {
  constructor({ width, aspect, selected, failed }) {
    Object.assign(this, { width, aspect, selected, failed, cards: new Map(), free: [], count: 0, asked: {}, chosen: -1, offset: 0, made: 0 });
    this.inside = element("div", { className: "inside" });
    this.element = element("div", { className: "cells", tabIndex: 0, ariaLabel: "Clips" }, this.inside);
    this.element.setAttribute("role", "listbox");
    this.thumbnails = new Thumbnails((id, row, told) => this.byPicture.get(id)?.row === row && this.byPicture.get(id).told(told));
    this.byPicture = new Map();
    this.pages = new CardPages({}, 0, () => {}, () => {});
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.seen = new ResizeObserver(() => this.#measure());
    this.seen.observe(this.element);
  }

  /** Shows `count` clips of an order, `place` in sight; those that stand there stay until the new ones have come. */
  show(asked, count, place = 0) {
    this.pages.end();
    [this.asked, this.count] = [asked, count];
    this.pages = new CardPages(asked, count, (first, cards) => this.#arrived(first, cards), this.failed);
    this.chosen = Math.min(this.chosen, count - 1);
    this.#measure(Math.min(place, Math.max(0, count - 1)));
  }

  /** The card that is selected; undefined without one. */
  get card() {
    return this.cards.get(this.chosen);
  }

  /** Selects a place and brings it into sight. */
  select(place) {
    if (!this.count) return;
    const before = this.cards.get(this.chosen);
    this.chosen = Math.max(0, Math.min(this.count - 1, place));
    before?.element.removeAttribute("aria-selected");
    const top = Math.floor(this.chosen / this.columns) * this.line;
    const at = this.#top();
    if (top < at) this.#go(top);
    else if (top + this.line > at + this.height) this.#go(top + this.line - this.height + GAP);
    else this.#draw();
    this.#mark();
    this.selected(this.chosen);
  }

  /** Where a key moves the selection; null for a key that moves none. */
  moved(key) {
    const page = Math.max(1, Math.floor(this.height / this.line)) * this.columns;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns, PageDown: page, PageUp: -page };
    if (key === "Home") return 0;
    if (key === "End") return this.count - 1;
    if (!(key in steps)) return null;
    if (this.chosen < 0) return Math.floor(this.#top() / this.line) * this.columns;
    const to = this.chosen + steps[key];
    return to < 0 || to >= this.count ? (Math.abs(steps[key]) === page ? Math.max(0, Math.min(this.count - 1, to)) : this.chosen) : to;
  }

  end() {
    this.pages.end();
    this.thumbnails.end();
    this.seen.disconnect();
    clearTimeout(this.settling);
  }

  /** Finds how many cells fit, and draws them anew; `place` comes into sight. */
  #measure(place = this.columns ? Math.floor(this.#top() / this.line) * this.columns : 0) {
    const room = this.element.clientWidth - GAP;
    this.height = this.element.clientHeight;
    if (room <= 0 || !this.height) return;
    this.columns = Math.max(2, Math.floor(room / (this.width + GAP)));
    this.cell = Math.floor(room / this.columns) - GAP;
    this.picture = Math.round(this.cell / this.aspect);
    this.line = this.picture + CAPTION + GAP;
    const dense = Math.min(devicePixelRatio, LONGEST_PICTURE / Math.max(this.cell, this.picture));
    const size = [Math.round(this.cell * dense), Math.round(this.picture * dense)];
    if (String(size) !== String(this.size)) this.size = size;
    this.element.style.setProperty("--cell", `${this.cell}px`);
    this.element.style.setProperty("--picture", `${this.picture}px`);
    this.total = Math.ceil(this.count / this.columns) * this.line + GAP;
    this.inside.style.height = `${barHeight(this.total)}px`;
    this.#go(Math.floor(place / this.columns) * this.line, true);
  }

  #top() {
    return this.element.scrollTop + this.offset;
  }

  /** Scrolls to a place of the content. */
  #go(top, anew = false) {
    const to = Math.max(0, Math.min(top, this.total - this.height));
    const bar = Math.round(barAt(to, this.total, this.height));
    this.offset = Math.round(to) - bar;
    this.bar = bar;
    this.element.scrollTop = bar;
    this.#draw(anew);
  }

  #scrolled() {
    const bar = this.element.scrollTop;
    if (bar === this.bar) return;
    if (Math.abs(bar - this.bar) > 2 * this.height) this.offset = Math.round(contentAt(bar, this.total, this.height)) - bar;
    this.bar = bar;
    this.#draw();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#settle(), SETTLED);
  }

  /** Sets the bar to its scale again, and tells where the page is. */
  #settle() {
    if (this.total > barHeight(this.total)) this.#go(this.#top());
    const [first, last] = this.#inSight();
    if (this.chosen < first || this.chosen > last) {
      this.cards.get(this.chosen)?.element.removeAttribute("aria-selected");
      this.chosen = -1;
      this.element.removeAttribute("aria-activedescendant");
      this.selected(first, false);
    }
  }

  #inSight(margin = 0) {
    const top = this.#top();
    const first = Math.max(0, Math.floor(top / this.line) - margin) * this.columns;
    const last = Math.min(this.count, (Math.floor((top + this.height) / this.line) + 1 + margin) * this.columns) - 1;
    return [first, last];
  }

  /** Sees to it that the cards in sight, and those alone, are elements in their places. */
  #draw(anew = false) {
    const [first, last] = this.#inSight(MARGIN);
    for (const [place, card] of this.cards) {
      if (place < first || place > last) {
        this.cards.delete(place);
        this.free.push(card);
      }
    }
    if (last >= first) this.pages.want(first, last);
    const made = [];
    for (let place = first; place <= last; place++) {
      let card = this.cards.get(place);
      if (!card) {
        card = this.free.pop() ?? this.#card(made);
        this.cards.set(place, card);
        card.show(place, this.pages.at(place), this.asked, this.size);
        card.at = null;
        if (card.element.hidden) card.element.hidden = false;
      } else if (anew && this.pages.at(place)) card.show(place, this.pages.at(place), this.asked, this.size);
      const [line, column] = [Math.floor(place / this.columns), place % this.columns];
      const at = `translate(${GAP + column * (this.cell + GAP)}px, ${GAP + line * this.line - this.offset}px)`;
      if (card.at !== at) card.element.style.transform = card.at = at;
    }
    for (const card of this.free) {
      if (card.element.hidden) continue;
      card.element.hidden = true;
      card.show(-1, undefined, this.asked, this.size);
    }
    this.inside.append(...made);
    if (anew) this.#mark();
  }

  #card(made) {
    const card = new Card(this.thumbnails, `card${++this.made}`);
    this.byPicture.set(card.picture, card);
    made.push(card.element);
    return card;
  }

  #arrived(first, clips) {
    clips.forEach((clip, at) => this.cards.get(first + at)?.show(first + at, clip, this.asked, this.size));
    this.#mark();
  }

  #mark() {
    for (const [place, card] of this.cards) {
      const is = place === this.chosen;
      if (is !== card.element.hasAttribute("aria-selected")) card.element.toggleAttribute("aria-selected", is);
      if (is) card.element.setAttribute("aria-selected", "true");
      if (is) this.element.setAttribute("aria-activedescendant", card.element.id);
    }
  }
}
