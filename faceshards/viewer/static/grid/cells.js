// A scroll area of cells of one size, of which only the lines in sight and a margin are elements: as many for 10^6 clips
// as for a hundred, and always the same ones. The arrow keys move a selection.
import { element } from "../element.js";
import { Line } from "./line.js";
import { CardPages } from "./card_pages.js";
import { barAt, barHeight, contentAt } from "./scroll_map.js";
import { Thumbnails } from "./thumbnails.js";

const GAP = 8; // px between cells, as in grid.css
const CAPTION = 24; // px of a caption, as in grid.css
const MARGIN = 1; // lines out of sight, above and below, that are there
const LONGEST_PICTURE = 240; // px of a drawn picture: what is larger is scaled up
const SETTLED = 160; // ms without a scroll after which the bar is set to its scale

/** `width`: what a cell wants to have, in px; `aspect`: width over height of its picture. `selected(place)` is called
 * when the selection or, without one, the first place in sight has moved; `failed(error)` when cards do not come. */
export class Cells {
  constructor({ width, aspect, selected, failed }) {
    Object.assign(this, { width, aspect, selected, failed, lines: new Map(), free: [], waiting: [], count: 0, asked: {}, chosen: -1, offset: 0 });
    this.inside = element("div", { className: "inside" });
    this.element = element("div", { className: "cells", tabIndex: 0, ariaLabel: "Clips" }, this.inside);
    this.element.setAttribute("role", "listbox");
    this.thumbnails = new Thumbnails((id, row, told) => this.byPicture.get(id)?.told(row, told));
    this.byPicture = new Map();
    this.pages = new CardPages({}, 0, () => {}, () => {});
    this.element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.seen = new ResizeObserver(() => this.#measure());
    this.seen.observe(this.element);
  }

  /** Shows `count` clips of an order, `place` in sight; those that stand there stay until the new ones have come. */
  show(asked, count, place = 0) {
    this.pages.end();
    [this.asked, this.count, this.waiting] = [asked, count, []];
    this.pages = new CardPages(asked, count, (first, cards) => this.#arrived(first, cards), this.failed);
    this.chosen = Math.min(this.chosen, count - 1);
    this.#measure(Math.min(place, Math.max(0, count - 1)));
  }

  /** The card that is selected; undefined without one. */
  get card() {
    return this.#cardAt(this.chosen);
  }

  /** Calls with the selected card when its clip is here: a key may come before it. */
  whenHere(call) {
    if (this.card?.clip) call(this.card);
    else if (this.chosen >= 0) this.waiting.push([this.chosen, call]);
  }

  #cardAt(place) {
    return this.lines.get(Math.floor(place / this.columns))?.cards[place % this.columns];
  }

  /** Selects a place and brings it into sight. */
  select(place) {
    if (!this.count) return;
    const before = this.card;
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

  /** Keys come here; something is selected. */
  focus() {
    this.element.focus({ preventScroll: true });
    if (this.chosen < 0) this.select(this.moved("ArrowDown"));
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

  /** Shows what is said of a clip now. */
  judged({ row, verdict }) {
    this.pages.judged(row, verdict);
    for (const line of this.lines.values()) for (const card of line.cards) if (card.clip?.row === row) card.judged(verdict);
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
    const columns = Math.max(2, Math.floor(room / (this.width + GAP)));
    if (columns !== this.columns) this.#clear();
    this.columns = columns;
    this.cell = Math.floor(room / this.columns) - GAP;
    this.picture = Math.round(this.cell / this.aspect);
    this.line = this.picture + CAPTION + GAP;
    const dense = Math.min(devicePixelRatio, LONGEST_PICTURE / Math.max(this.cell, this.picture));
    const size = [this.cell, this.picture, GAP].map((side) => Math.round(side * dense));
    if (String(size) !== String(this.size)) this.size = size;
    this.element.style.setProperty("--cell", `${this.cell}px`);
    this.element.style.setProperty("--columns", this.columns);
    this.element.style.setProperty("--picture", `${this.picture}px`);
    this.total = Math.ceil(this.count / this.columns) * this.line + GAP;
    this.inside.style.height = `${barHeight(this.total)}px`;
    this.#go(Math.floor(place / this.columns) * this.line, true);
  }

  /** Lets go of all lines: others have another number of cells. */
  #clear() {
    this.thumbnails.forget([...this.lines.values(), ...this.free].map((line) => line.picture));
    this.byPicture.clear();
    this.lines.clear();
    this.free = [];
    this.inside.replaceChildren();
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
      this.card?.element.removeAttribute("aria-selected");
      this.chosen = -1;
      this.element.removeAttribute("aria-activedescendant");
      this.selected(first, false);
    }
  }

  /** The first and last place in sight. */
  #inSight() {
    const top = this.#top();
    const first = Math.floor(top / this.line) * this.columns;
    return [first, Math.min(this.count, (Math.floor((top + this.height) / this.line) + 1) * this.columns) - 1];
  }

  /** Sees to it that the lines in sight and the margin, always as many, stand in their places. */
  #draw(anew = false) {
    const many = Math.min(Math.ceil(this.count / this.columns), Math.ceil(this.height / this.line) + 1 + 2 * MARGIN);
    const last = Math.ceil(this.count / this.columns) - many;
    const first = Math.max(0, Math.min(last, Math.floor(this.#top() / this.line) - MARGIN));
    for (const [number, line] of this.lines) {
      if (number >= first && number < first + many) continue;
      this.lines.delete(number);
      this.free.push(line);
    }
    if (many) this.pages.want(first * this.columns, Math.min(this.count, (first + many) * this.columns) - 1);
    for (let number = first; number < first + many; number++) {
      const known = this.lines.get(number);
      const line = known ?? this.free.pop() ?? this.#line();
      this.lines.set(number, line);
      line.place(GAP + number * this.line - this.offset);
      if (!known || anew) line.show(number * this.columns, this, Boolean(known));
    }
    for (const line of this.free) line.rest();
    if (anew) this.#mark();
  }

  #line() {
    const line = new Line(this.thumbnails, this.columns);
    for (const card of line.cards) this.byPicture.set(card.picture, card);
    this.inside.append(line.element);
    return line;
  }

  #arrived(first, clips) {
    for (const [number, line] of this.lines) {
      const from = number * this.columns;
      if (from < first + clips.length && from + this.columns > first) line.show(from, this, true);
    }
    this.#mark();
    const isHere = ([place]) => this.#cardAt(place)?.clip;
    const here = this.waiting.filter(isHere);
    this.waiting = this.waiting.filter((one) => !isHere(one));
    for (const [place, call] of here) call(this.#cardAt(place));
  }

  #mark() {
    for (const [number, line] of this.lines) {
      line.cards.forEach(({ element: card }, at) => {
        const is = number * this.columns + at === this.chosen;
        if (is !== card.hasAttribute("aria-selected")) card.toggleAttribute("aria-selected", is);
        if (is) card.setAttribute("aria-selected", "true");
        if (is) this.element.setAttribute("aria-activedescendant", card.id);
      });
    }
  }
}
