// Where the panes of a clip stand: its own picture as high as the window lets it, its twins in rows beside or below it,
// so that as much as there is room for is picture.
import { element } from "../element.js";

const GAP = 8; // pixels between panes, and around them
const CAPTION = 20; // below each
const STICKY = 0.5; // of the window's height, where the stage stays in sight while curves are scrolled
const LOOSE = 0.75; // where it does not
const narrow = matchMedia("(max-width: 900px)");

/** How `own` and the `others`, shapes (width / height), fill `wide` x `tall` pixels, captions not counted: {master, twins:
 * heights, across: width of the twins' rows, isBelow: whether they stand below}. */
export function fitted(own, others, wide, tall) {
  const alone = Math.min(tall, wide / own);
  if (!others.length) return { master: alone, twins: 0, across: 0, isBelow: false };
  const ways = [below(own, others, wide, tall), ...others.map((_, at) => beside(own, others, at + 1, wide, tall))];
  const area = ({ master, twins }) => master * master * own + twins * twins * sum(others);
  return ways.filter((one) => one.twins > 0).reduce((best, one) => (area(one) > area(best) ? one : best));
}

function beside(own, others, rows, wide, tall) {
  const columns = Math.ceil(others.length / rows);
  const lines = Array.from({ length: rows }, (_, row) => others.slice(row * columns, (row + 1) * columns));
  const longest = Math.max(...lines.map(sum));
  const between = (rows - 1) * (GAP + CAPTION);
  const master = Math.min(tall, (wide - GAP * columns + (longest * between) / rows) / (own + longest / rows));
  const twins = (master - between) / rows;
  return { master, twins, across: longest * twins + GAP * (columns - 1), isBelow: false };
}

function below(own, others, wide, tall) {
  const most = (wide - GAP * (others.length - 1)) / sum(others);
  const twins = Math.max(1, Math.min(most, tall / 3));
  return { master: Math.min(wide / own, tall - twins - GAP - CAPTION), twins, across: wide, isBelow: true };
}

const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);

/** The stage of `panes`, the first of which is the clip's own. Returns {box, end}. */
export function stageOf([master, ...others]) {
  const twins = element("div", { className: "twins" }, ...others.map((pane) => pane.box));
  const box = element("div", { className: "panes" }, master.box, twins);
  const arrange = () => {
    const shown = others.filter((pane) => pane.isWanted).map((pane) => pane.aspect);
    const tall = innerHeight * (narrow.matches ? LOOSE : STICKY);
    const found = fitted(master.aspect, shown, box.clientWidth - 2 * GAP, tall);
    twins.hidden = !shown.length;
    box.classList.toggle("below", found.isBelow);
    box.style.setProperty("--tall", `${Math.floor(found.master)}px`);
    twins.style.setProperty("--tall", `${Math.floor(found.twins)}px`);
    twins.style.flexBasis = found.isBelow ? "auto" : `${Math.ceil(found.across) + 1}px`;
  };
  for (const pane of [master, ...others]) pane.onWanted = arrange;
  const resized = new ResizeObserver(arrange);
  resized.observe(box);
  addEventListener("resize", arrange);
  const end = () => {
    resized.disconnect();
    removeEventListener("resize", arrange);
  };
  return { box, end };
}
