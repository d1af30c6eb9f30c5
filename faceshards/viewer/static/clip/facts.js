// What is said of a clip beside its pictures: failures, scores with unit and meaning, columns with their making, json.
import { json } from "../api.js";
import { element } from "../element.js";
import { short } from "./timeline.js";
import { tree } from "./tree.js";

/** A part of the side, which opens and closes; `count` stands behind its name. */
export function part(name, count, isOpen, ...children) {
  const told = element("summary", {}, name, count === null ? null : element("small", {}, `${count}`));
  return element("details", { className: `part ${name.toLowerCase().replaceAll(" ", "-")}`, open: isOpen }, told, ...children);
}

/** Why something is missing; null where nothing is. */
export function failures(clip) {
  if (!clip.failures.length) return null;
  const rows = clip.failures.map(({ stage, code, reason }) =>
    element("li", {}, element("b", {}, stage), " ", element("code", {}, code), element("p", {}, reason)),
  );
  return part("Failures", rows.length, true, element("ul", {}, ...rows));
}

const opened = new Set(["quality"]); // of scores, from clip to clip

/** The scalars by who made them, folded, with a field that finds some. */
export function scores(clip) {
  const table = element("div", { className: "scores" });
  const field = element("input", { type: "search", placeholder: "find a score", ariaLabel: "find a score" });
  const fill = () => {
    const found = clip.scalars.filter(({ name, maker = "" }) => `${name} ${maker}`.includes(field.value.trim()));
    const makers = [...new Set(found.map((one) => one.maker))];
    const isSought = field.value.trim() !== "";
    table.replaceChildren(...makers.map((maker) => fold(maker, found.filter((one) => one.maker === maker).map(score), isSought)));
  };
  field.addEventListener("input", fill);
  fill();
  return part("Scores", clip.scalars.length, true, field, table);
}

function fold(maker, scores, isSought) {
  const made = element("details", { className: "maker", open: isSought || opened.has(maker) }, element("summary", {}, maker, element("small", {}, `${scores.length}`)), ...scores);
  made.firstChild.addEventListener("click", () => (made.open ? opened.delete(maker) : opened.add(maker)));
  return made;
}

function score({ name, value, unit, doc }) {
  const said = typeof value !== "number" ? `${value}` : Number.isInteger(value) ? value.toLocaleString("en") : short(value);
  const made = element("div", { className: "score", title: [doc || name, unit].filter(Boolean).join("; ") }, element("span", {}, name));
  made.append(element("b", { title: `${value}` }, said), element("small", {}, unit ?? ""));
  return made;
}

/** The columns; a click on one says how it came to be. */
export function columns(row, clip) {
  const rows = clip.columns.map((column) => {
    const about = element("div", { className: "about" });
    const state = column.filled ? size(column.bytes) : column.state;
    const told = element("summary", {}, element("b", {}, column.name), element("small", {}, column.maker ?? ""), element("i", {}, state));
    const made = element("details", { className: column.filled ? "column" : "column empty" }, told, about);
    made.addEventListener("toggle", () => made.open && !about.childElementCount && explain(row, column, about));
    return made;
  });
  return part("Columns", rows.length, false, ...rows);
}

async function explain(row, column, about) {
  if (column.doc) about.append(element("p", {}, column.doc));
  if (column.unit) about.append(pair("unit", column.unit));
  if (column.shape) about.append(pair("shape", column.shape));
  try {
    const told = await json(`api/provenance/${row}/${encodeURIComponent(column.name)}`);
    if (told.failure) about.append(pair("failed", `${told.failure.code}: ${told.failure.reason}`));
    if (told.member) about.append(pair("member", `byte ${told.member.offset.toLocaleString("en")}, crc32c ${hex(told.member.crc32c)}`));
    about.append(told.made ? making(told.made) : element("p", {}, "the shard does not say who made it"));
  } catch (error) {
    about.append(element("p", { className: "error" }, error.message));
  }
}

function making({ stage, version, params, models, read, inputs, fingerprint, rest }) {
  const box = element("div", { className: "making" }, element("h4", {}, stage ?? "unknown", element("small", {}, version === null ? "" : `v${version}`)));
  box.title = fingerprint;
  for (const [name, value] of Object.entries(params ?? {})) box.append(pair(name, typeof value === "string" ? value : JSON.stringify(value)));
  for (const [name, digest] of Object.entries(models ?? {})) box.append(pair("model", `${name} ${digest.slice(0, 12)}…`, `sha256 ${digest}`));
  for (const one of read) box.append(pair("read", `${one.member}, ${size(one.size)}${one.matches ? "" : ": no longer what stands here"}`));
  if (rest) box.append(pair("", rest));
  box.append(...inputs.map(making));
  return box;
}

function pair(name, value, title = "") {
  return element("div", { className: "pair", title }, element("span", {}, name), element("code", {}, `${value}`));
}

/** The whole json. */
export function facts(clip) {
  return part("Json", null, false, element("div", { className: "tree" }, tree(null, clip.facts, true)));
}

/** Bytes in few letters. */
export function size(bytes) {
  const [amount, unit] = bytes < 1e3 ? [bytes, "B"] : bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${amount < 10 && unit !== "B" ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

const hex = (number) => (number === null ? "none" : number.toString(16).padStart(8, "0"));
