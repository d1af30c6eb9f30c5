// A part of the page: a head, a body, and what is said while the server works on it or could not.
import { json } from "../api.js";
import { element } from "../element.js";

/** A panel: its `section`, and `fill(work, draw, signal)`, which waits for the work of whenDone (or for none) and lets
 * draw(body, told, signal) fill the body. */
export function panel(name, title, doc) {
  const said = element("p", { className: "waiting", role: "status" }, "…");
  const body = element("div", { className: "body" }, said);
  const head = title ? element("header", {}, element("h2", {}, title), element("span", { className: "faint" }, doc)) : null;
  const section = element("section", { className: `panel ${name}`, ariaLabel: title || name }, ...[head, body].filter(Boolean));

  async function fill(work, draw, signal) {
    try {
      const told = await work?.((done, of) => (said.textContent = of ? `reading ${done} of ${of}` : "…"));
      if (signal.aborted) return;
      body.replaceChildren();
      await draw(body, told, signal);
    } catch (error) {
      if (!signal.aborted) body.replaceChildren(element("p", { className: "error" }, error.message));
    }
  }
  return { section, fill };
}

/** Asks until the server is done: returns a function that takes a listener for (done, of) and gives the result. */
export function whenDone(path, signal, asked = {}) {
  const listeners = [];
  const result = poll();
  result.catch(() => {}); // each panel that waits for it says so
  return (listener) => {
    listeners.push(listener);
    return result;
  };

  async function poll() {
    for (let pause = 60; !signal.aborted; pause = Math.min(1000, pause * 1.5)) {
      const told = await json(path, asked);
      if (!told.working) return told;
      listeners.forEach((one) => one(told.done, told.of));
      await new Promise((later) => setTimeout(later, pause));
    }
    throw new Error("the page was left");
  }
}

/** A table: heads (those that end in # are of numbers), rows of texts and nodes. */
export function table(heads, rows) {
  const cell = (kind, text, number) => element(kind, { className: number ? "number" : "" }, text);
  const numbers = heads.map((head) => head.endsWith("#"));
  const head = element("tr", {}, ...heads.map((text, at) => cell("th", text.replace(/#$/, ""), numbers[at])));
  const body = rows.map((row) => element("tr", {}, ...row.map((one, at) => cell("td", one ?? "", numbers[at]))));
  return element("div", { className: "scroll", tabIndex: 0 }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)));
}

/** The first rows of many, and a button for the next. */
export function more(body, every, most, draw) {
  const button = element("button", { type: "button" });
  let shown = 0;
  button.onclick = () => {
    shown += most;
    body.replaceChildren(draw(every.slice(0, shown)), ...(shown < every.length ? [button] : []));
    button.textContent = `${Math.min(most, every.length - shown)} more of ${count(every.length)}`;
  };
  button.click();
}

/** A whole number, its thousands parted as everywhere: 1,234. */
export function count(number) {
  return Math.round(number).toLocaleString("en");
}

/** So many clips. */
export function clips(number) {
  return `${count(number)} ${number === 1 ? "clip" : "clips"}`;
}

/** A number at most so many digits long. */
export function short(number, digits = 4) {
  if (number === null || number === undefined) return "–";
  if (Number.isInteger(number) && Math.abs(number) < 1e6) return count(number);
  return Math.abs(number) >= 1e-3 && Math.abs(number) < 1e6 ? String(Number(number.toPrecision(digits))) : String(Number(number.toPrecision(2)));
}

/** Bytes, as people say them. */
export function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const place = number < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(number) / 3));
  return `${Number((number / 1000 ** place).toPrecision(3))} ${units[place]}`;
}

/** A line as long as its share, 0..1, of a cell. */
export function bar(share, kind = "") {
  const line = element("i", { className: `bar ${kind}` });
  line.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return element("span", { className: "track", ariaHidden: "true" }, line);
}

/** A name of a column or scalar as a filter says it. */
export function quoted(name) {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A text as a filter says it. */
export function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
