// The grid of clips.
import { json } from "./api.js";
import { element } from "./element.js";

export async function showGrid(page) {
  const cards = await json("api/cards", { count: 100 });
  page.append(...cards.map((card) => element("a", { href: `#clip/${card.row}`, className: "card" }, card.name ?? card.key)));
}
