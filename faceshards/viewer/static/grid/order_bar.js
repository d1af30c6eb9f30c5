// What clips are ordered by: a scalar up or down, or the nearest to a number first; the shards' own order, or chance with
// a seed.
import { element } from "../element.js";

/** `changed({ sort, down, seed, near })` is called with another order. */
export class OrderBar {
  constructor(scalars, changed) {
    this.changed = changed;
    const option = (one) => element("option", { value: `by ${one.name}` }, one.name);
    const numbers = scalars.filter((one) => one.kind !== "text").map(option);
    const texts = scalars.filter((one) => one.kind === "text").map(option);
    this.by = element(
      "select",
      { ariaLabel: "Order" },
      element("option", { value: "shards" }, "as in the shards"),
      element("option", { value: "chance" }, "by chance"),
      element("optgroup", { label: "numbers" }, ...numbers),
      element("optgroup", { label: "texts" }, ...texts),
    );
    this.way = element("button", { type: "button", ariaLabel: "greatest first", title: "turn the order round" }, "↑");
    this.seed = element("input", { type: "number", min: 0, step: 1, ariaLabel: "seed", title: "the seed of this chance", hidden: true });
    this.near = element("button", { type: "button", className: "near", hidden: true, title: "back to the order of the numbers", onclick: () => this.changed({ near: null }) }, "");
    this.element = element("span", { className: "order" }, element("span", { className: "word" }, "Order"), this.by, this.near, this.way, this.seed);
    this.by.addEventListener("change", () => this.#chosen());
    this.way.addEventListener("click", () => this.changed({ ...this.order, down: this.order.down ? null : "1" }));
    this.seed.addEventListener("change", () => /^\d{1,15}$/.test(this.seed.value) && this.changed({ sort: null, down: null, near: null, seed: this.seed.value }));
  }

  show({ sort, down, seed, near }) {
    this.order = { sort: sort || null, down: down || null, seed: seed ?? null };
    const chance = seed !== undefined && seed !== null;
    this.by.value = chance ? "chance" : sort ? `by ${sort}` : "shards";
    this.near.hidden = !sort || near === undefined || near === null || near === "";
    this.near.firstChild.data = `nearest ${near} ✕`;
    this.way.hidden = chance;
    this.way.firstChild.data = down ? "↓" : "↑";
    this.way.ariaPressed = String(Boolean(down));
    this.seed.hidden = !chance;
    this.seed.value = seed ?? "";
  }

  #chosen() {
    const by = this.by.value;
    if (by === "chance") this.changed({ sort: null, down: null, near: null, seed: "1" });
    else if (by === "shards") this.changed({ sort: null, down: null, near: null, seed: null });
    else this.changed({ sort: by.slice(3), down: this.order.down, near: null, seed: null });
  }
}
