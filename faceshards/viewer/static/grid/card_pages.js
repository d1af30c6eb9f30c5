// What cards say, fetched a page of them at a time; a page that nobody looks at any more is given up.
import { address } from "../api.js";
import { verdictOf } from "../judge.js";

const PAGE = 60;
const MOST_PAGES = 60;

/** The cards of an order. `arrived(first, cards)` is called when a page has come, `failed(error)` when one has not. */
export class CardPages {
  constructor(asked, count, arrived, failed) {
    Object.assign(this, { asked, count, arrived, failed });
    this.pages = new Map();
    this.asking = new Map();
  }

  /** The card at a place of the order; undefined where it is not here yet. */
  at(place) {
    return this.pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** Sees to it that the cards from `first` to `last` come, and gives up all other requests. */
  want(first, last) {
    const [from, to] = [Math.floor(first / PAGE), Math.floor(last / PAGE)];
    for (const [page, asked] of this.asking) {
      if (page < from || page > to) asked.abort();
    }
    for (let page = from; page <= to; page++) {
      if (!this.pages.has(page) && !this.asking.has(page)) this.#fetch(page);
    }
  }

  /** Remembers what is said of a clip now. */
  judged(row, verdict) {
    for (const cards of this.pages.values()) for (const clip of cards) if (clip.row === row) clip.verdict = verdict;
  }

  /** Gives up all requests: another order is shown. */
  end() {
    this.ended = true;
    for (const asked of this.asking.values()) asked.abort();
  }

  async #fetch(page) {
    const asked = new AbortController();
    this.asking.set(page, asked);
    try {
      const answer = await fetch(address("api/cards", { ...this.asked, start: page * PAGE, count: PAGE }), { signal: asked.signal });
      const cards = await answer.json();
      if (!answer.ok) throw new Error(cards.error);
      if (this.ended) return;
      for (const clip of cards) clip.verdict = verdictOf(clip.row)?.verdict ?? clip.verdict; // judged since they were asked for
      this.pages.set(page, cards);
      if (this.pages.size > MOST_PAGES) this.pages.delete(this.pages.keys().next().value);
      this.arrived(page * PAGE, cards);
    } catch (error) {
      if (error.name !== "AbortError" && !this.ended) this.failed(error);
    } finally {
      if (this.asking.get(page) === asked) this.asking.delete(page);
    }
  }
}
