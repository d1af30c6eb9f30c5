// Where the page is: #grid?where=…&sort=…&down=1&seed=…&near=…&at=N (what is selected) &open=… (parts of the filter that are
// open), #clip/ROW?…&at=N (its place in that order), #dataset. A change that the page itself makes is told as an event
// `place` of the window; one that the browser makes (back, forward, a link) as `hashchange`.

/** The place that the address says: its name, its row (a number or null), and what is asked of the order. */
export function here() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [name = "grid", row] = path.split("/");
  return { name: name || "grid", row: row === undefined ? null : Number(row), asked: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a place; what is asked for and empty is left out. */
export function hash(name, row = null, asked = {}) {
  const given = Object.entries(asked).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return `#${name}${row === null ? "" : `/${row}`}${query ? `?${query}` : ""}`;
}

/** What an order is asked for by: the part of `asked` that the server takes. */
export function order({ where, sort, down, seed, near }) {
  return { where, sort, down, seed, near };
}

/** Goes to a place without a new entry in the history, as a filter does while it is drawn. */
export function replace(name, row, asked) {
  history.replaceState(null, "", hash(name, row, asked));
  dispatchEvent(new Event("place"));
}

/** Goes to a place with a new entry in the history, in the view that is shown. */
export function enter(name, row, asked) {
  const address = hash(name, row, asked);
  if (address !== location.hash) history.pushState(null, "", address);
  dispatchEvent(new Event("place"));
}
