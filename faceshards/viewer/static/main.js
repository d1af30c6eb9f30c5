// The page: the grid, or one clip, as the part of the address behind # says.
import { showClip } from "./clip.js";
import { showGrid } from "./grid.js";

const page = document.getElementById("page");

function show() {
  const [name, value] = location.hash.slice(1).split("/");
  page.replaceChildren();
  if (name === "clip") showClip(page, Number(value));
  else showGrid(page);
}

addEventListener("hashchange", show);
show();
