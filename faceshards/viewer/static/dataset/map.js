// The map of who is in the data set: a point a clip, where its embedding lies in the two directions that differ most.
import { json } from "../api.js";
import { element } from "../element.js";
import { hash } from "../place.js";
import { count, whenDone } from "./panel.js";
import { Scatter, colourOf } from "./scatter.js";

const MOST_NAMED = 14;

/** The map of the first column that there is; another is chosen from a list. */
export async function mapPanel(body, _, signal) {
  const { columns } = await json("api/dataset/map");
  if (!columns.length) {
    const command = element("code", {}, "faceshards curate SHARDS --stages faces,identity,voice");
    body.append(element("p", { className: "faint" }, "No shard has embeddings of faces or voices. ", command, " makes them."));
    return;
  }
  const select = element("select", { ariaLabel: "What is compared" }, ...columns.map((name) => element("option", { value: name }, name)));
  const place = element("div", { className: "place" });
  select.onchange = () => draw(place, select.value, signal);
  body.append(...(columns.length > 1 ? [element("p", { className: "together" }, "by ", select)] : []), place);
  await draw(place, columns[0], signal);
}

async function draw(place, column, signal) {
  const said = element("p", { className: "waiting", role: "status" }, "…");
  place.replaceChildren(said);
  const told = await whenDone("api/dataset/map", signal, { column })((done, of) => (said.textContent = `reading ${count(done)} of ${count(of)} embeddings`));
  if (!told.rows.length) {
    place.replaceChildren(element("p", { className: "faint" }, `No clip that is looked at has a value of ${column}.`));
    return;
  }
  if (!told.groups.length) told.group = told.group.map(() => 0); // nobody is known: one colour
  const canvas = element("canvas", { role: "application", ariaLabel: `${told.rows.length} clips by ${column}: arrows go from one to the next, Enter opens it` });
  const hint = element("span", { className: "hint" });
  const axes = ["x", "y"].map((letter) => `map_${column.split(".")[0]}_${letter}`);
  const scatter = new Scatter(canvas, told, {
    hover: (at) => look(hint, told, at),
    choose: (at) => (location.hash = !told.groups[told.group[at]] ? hash("clip", told.rows[at]) : hash("grid", null, { where: told.groups[told.group[at]].where })),
    drag: (box) => (location.hash = hash("grid", null, { where: inside(axes, box) })),
  });
  signal.addEventListener("abort", () => scatter.close());
  place.replaceChildren(element("div", { className: "canvas" }, canvas, hint), legend(told, scatter), element("p", { className: "faint" }, notes(told)));
}

/** Shows the clip that the mouse is over. */
function look(hint, told, at) {
  if (hint.at === at) return;
  hint.at = at;
  const group = told.groups[told.group[at]];
  const says = group ? `${group.name}, ${count(group.clips)} clip${group.clips === 1 ? "" : "s"}` : "a click, or Enter, opens this clip";
  hint.replaceChildren(...(at < 0 ? [] : [element("img", { src: `poster/${told.rows[at]}`, alt: "", onerror: (event) => event.target.remove() }), element("span", {}, says)]));
}

function inside([x, y], box) {
  return `${x} BETWEEN ${box.left} AND ${box.right} AND ${y} BETWEEN ${box.bottom} AND ${box.top}`;
}

function legend(told, scatter) {
  const links = told.groups.slice(0, MOST_NAMED).map((group, at) => {
    const dot = element("i", { className: "dot" });
    dot.style.background = colourOf(at);
    const link = element("a", { href: hash("grid", null, { where: group.where }) }, dot, group.name, element("small", {}, ` ${count(group.clips)}`));
    link.onmouseenter = link.onfocus = () => scatter.show(at);
    link.onmouseleave = link.onblur = () => scatter.show(-1);
    return link;
  });
  const rest = told.groups.length - links.length;
  return element("div", { className: "legend" }, ...links, rest > 0 ? element("span", { className: "faint" }, `and ${count(rest)} more`) : null);
}

function notes(told) {
  const sampled = told.rows.length + told.no + told.odd < told.of;
  return [
    `${count(told.rows.length)} clips by ${told.column}${sampled ? `, taken by chance from ${count(told.of)}` : ""}.`,
    `These two directions hold ${Math.round(100 * told.share)} % of what differs: two who lie near may still be two.`,
    told.no ? `${count(told.no)} clips have none.` : "",
    told.odd ? `${count(told.odd)} are of another length, and left out.` : "",
  ].filter(Boolean).join(" ");
}
