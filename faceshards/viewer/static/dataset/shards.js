// The shards: rows, bytes, and, when it is asked for, whether every byte is what the headers say.
import { json } from "../api.js";
import { element } from "../element.js";
import { hash } from "../place.js";
import { bytes, count, table } from "./panel.js";

/** A line a shard, and a button that checks all of them, one after the other. */
export async function shardsPanel(body, _, signal) {
  const told = await json("api/dataset/shards");
  const cells = new Map();
  const rows = told.shards.map((one) => {
    const health = element("span", { className: "faint" }, "not checked");
    cells.set(one.number, health);
    const name = one.row === null ? one.name : element("a", { href: hash("clip", one.row), title: "its first clip" }, one.name);
    return [name, count(one.rows), count(one.shown), bytes(one.bytes), health];
  });
  const broken = told.broken.map(({ name, why }) => [name, "", "", "", element("span", { className: "lost" }, `does not open: ${why}`)]);
  const button = element("button", { type: "button" }, "Check every byte");
  const said = element("span", { className: "faint", role: "status" }, told.of > told.shards.length ? `the first ${count(told.shards.length)} of ${count(told.of)} shards` : "");
  button.onclick = async () => {
    button.disabled = true;
    const found = {};
    for (const [number, cell] of cells) {
      if (signal.aborted) return;
      cell.textContent = "reading…";
      const { state, line } = await health(number);
      cell.textContent = line;
      cell.className = state === "whole" ? "good" : "lost";
      found[state] = (found[state] ?? 0) + 1;
      said.textContent = Object.entries(found).map(([name, many]) => `${count(many)} ${name}`).join(", ");
    }
    button.disabled = false;
  };
  body.append(table(["shard", "rows#", "shown#", "bytes#", "health"], [...broken, ...rows]), element("p", { className: "together" }, button, said));
}

async function health(number) {
  try {
    const { state, detail, checked } = await json(`api/dataset/health/${number}`);
    return { state, line: detail ? `${state}: ${detail}` : `${state}, ${count(checked)} members` };
  } catch (error) {
    return { state: "unreadable", line: error.message };
  }
}
