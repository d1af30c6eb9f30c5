// The grid of clips.
import { json } from "./api.js";
import { element } from "./element.js";
import { hash, order } from "./place.js";

export async function showGrid(page, place) {
  const asked = order(place.asked);
  const cards = await json("api/cards", { ...asked, count: 100 });
  page.append(
    ...cards.map((card, at) => element("a", { href: hash("clip", card.row, { ...asked, at }), className: "card" }, card.name ?? card.key)),
  );
}
