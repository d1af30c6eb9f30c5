// The page: its head, and the view that the address names. A view is a function (page, place) that fills the page and
// returns a function that takes its listeners away again, or { leave, follow }: `follow` takes another place of the
// same view, as the browser's Back asks for, without a page made anew.
import { showClip } from "./clip.js";
import { showDataset } from "./dataset.js";
import { element } from "./element.js";
import { showGrid } from "./grid.js";
import { hash, here, order } from "./place.js";

const VIEWS = { grid: showGrid, clip: showClip, dataset: showDataset };
const page = document.getElementById("page");
const head = document.getElementById("head");
let view = { leave() {}, follow: null };
let name = "";
let shown = 0;

async function show() {
  const place = known(here());
  head.replaceChildren(...links(place));
  if (view.follow && place.name === name) {
    view.follow(place);
    return;
  }
  const turn = ++shown;
  view.leave();
  view = { leave() {}, follow: null };
  name = place.name;
  page.className = name;
  document.title = "faceshards";
  page.replaceChildren();
  try {
    const made = await VIEWS[name](page, place);
    const next = typeof made === "function" ? { leave: made, follow: null } : made ?? view;
    if (turn === shown) view = next;
    else next.leave();
  } catch (error) {
    page.className = "";
    page.replaceChildren(element("p", { className: "error", role: "alert" }, error.message));
  }
}

/** A place of a view that there is: any other is the grid's. */
function known(place) {
  return Object.hasOwn(VIEWS, place.name) ? place : { ...place, name: "grid", row: null };
}

function links(place) {
  const kept = order(place.asked);
  const link = (at, text) => element("a", { href: hash(at, null, kept), ariaCurrent: place.name === at ? "page" : null }, text);
  return [element("b", {}, "faceshards"), link("grid", "Clips"), link("dataset", "Data set")];
}

addEventListener("hashchange", show);
addEventListener("place", () => head.replaceChildren(...links(known(here()))));
show();
