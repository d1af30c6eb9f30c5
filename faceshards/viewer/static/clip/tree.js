// Any JSON as a tree that opens as far as it is asked to: deep and large ones cost what is shown of them.
import { element } from "../element.js";

const MOST = 200; // entries of one level that are shown at once
const LONGEST = 400; // letters of a text

/** A node of the tree: `name` null at the top. */
export function tree(name, value, isOpen = false) {
  if (value === null || typeof value !== "object") return leaf(name, value);
  const entries = Array.isArray(value) ? value.map((one, at) => [at, one]) : Object.entries(value);
  const isShort = entries.length <= 8 && entries.every(([, one]) => typeof one === "number");
  if (Array.isArray(value) && isShort) return leaf(name, value);
  const told = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  const node = element("details", { open: isOpen }, element("summary", {}, named(name), element("i", {}, told)));
  const fill = () => node.childElementCount < 2 && node.append(...level(entries));
  if (isOpen) fill();
  node.addEventListener("toggle", () => node.open && fill());
  return node;
}

function* level(entries, first = 0) {
  for (const [name, value] of entries.slice(first, first + MOST)) yield tree(name, value);
  const rest = entries.length - first - MOST;
  if (rest <= 0) return;
  const more = element("button", { type: "button" }, `${rest.toLocaleString("en")} more`);
  more.addEventListener("click", () => more.replaceWith(...level(entries, first + MOST)));
  yield more;
}

function leaf(name, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return element("div", { className: "leaf" }, named(name), element("code", { className: typeof value }, shown));
}

function named(name) {
  return name === null ? null : element("b", {}, `${name}`);
}
