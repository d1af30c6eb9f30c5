// What stands in the shards: columns with their bytes and states, and the recipes by which they were made.
import { element } from "../element.js";
import { bar, bytes, count, more, table } from "./panel.js";

const STATES = ["done", "failed", "n/a", "not yet"];

/** A line a column, the largest share of bytes as the longest line. */
export function columnsPanel(body, told) {
  const most = Math.max(1, ...told.columns.map((one) => one.bytes));
  const states = Object.keys(told.columns[0] ?? {}).filter((name) => !["column", "bytes", "maker", "doc"].includes(name));
  const order = [...STATES.filter((name) => states.includes(name)), ...states.filter((name) => !STATES.includes(name))];
  const kept = order.filter((name) => told.columns.some((one) => one[name]));
  const rows = told.columns.map((one) => [
    element("code", { title: one.doc }, one.column),
    element("span", { className: "faint" }, one.maker),
    bytes(one.bytes),
    bar(one.bytes / most),
    ...kept.map((name) => (one[name] ? count(one[name]) : element("span", { className: "faint" }, "·"))),
  ]);
  more(body, rows, 60, (part) => table(["column", "made by", "bytes#", "", ...kept.map((name) => `${name}#`)], part));
}

/** A line a recipe; its parameters and model files unfold. */
export function recipesPanel(body, told) {
  const rows = told.recipes.map((one) => {
    const makes = one.makes.map((made) => `${made.name} ${count(made.clips)}`).join(", ");
    const models = Object.entries(one.models).map(([name, sha]) => `${name} sha256 ${sha}`);
    const text = [JSON.stringify(one.params, null, 1), ...models].join("\n");
    const head = element("summary", {}, element("b", {}, one.stage || "unknown"), ` ${one.version} `, element("span", { className: "faint" }, makes));
    return element("details", {}, head, element("pre", {}, `${one.fingerprint}\n${text}`));
  });
  body.append(...(rows.length ? rows : [element("p", { className: "faint" }, "No clip says by which recipe it was made.")]));
  if (!told.read.jsons) {
    body.append(element("p", { className: "faint" }, "From the indexes alone: a column whose stage the shards know two recipes of stands in none."));
  }
}
