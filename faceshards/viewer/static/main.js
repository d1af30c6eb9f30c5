// The page: its head, and the view that the address names. A view is a function (page, place) that fills the page and
// returns a function that takes its listeners away again.
import { showClip } from "./clip.js";
import { showDataset } from "./dataset.js";
import { element } from "./element.js";
import { showGrid } from "./grid.js";
import { hash, here, order } from "./place.js";

const VIEWS = { grid: showGrid, clip: showClip, dataset: showDataset };
const page = document.getElementById("page");
const head = document.getElementById("head");
let leave = () => {};
let shown = 0;

async function show() {
  const turn = ++shown;
  leave();
  leave = () => {};
  const place = here();
  page.replaceChildren();
  head.replaceChildren(...links(place));
  try {
    const left = await (VIEWS[place.name] ?? showGrid)(page, place);
    if (turn === shown) leave = left ?? leave;
    else left?.();
  } catch (error) {
    page.replaceChildren(element("p", { className: "error", role: "alert" }, error.message));
  }
}

function links(place) {
  const kept = order(place.asked);
  return [
    element("b", {}, "faceshards"),
    element("a", { href: hash("grid", null, kept), ariaCurrent: place.name === "grid" ? "page" : null }, "Clips"),
    element("a", { href: hash("dataset", null, kept), ariaCurrent: place.name === "dataset" ? "page" : null }, "Data set"),
  ];
}

addEventListener("hashchange", show);
show();
