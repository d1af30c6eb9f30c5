// The grid of clips: what is chosen of them, in which order, and their moving pictures.
import { address, json } from "./api.js";
import { element } from "./element.js";
import { Cells } from "./grid/cells.js";
import { FilterPanel } from "./grid/filter_panel.js";
import { OrderBar } from "./grid/order_bar.js";
import { SqlInput } from "./grid/sql_input.js";
import { sqlOf } from "./grid/where.js";
import { judge, onJudged, undo } from "./judge.js";
import { judgeMenu } from "./judge_menu.js";
import { noteOn } from "./judge_note.js";
import { isTyped, keyHelp } from "./keys.js";
import { count } from "./number_text.js";
import { enter, here, order, replace } from "./place.js";

const WIDTH = 148; // px that a cell wants
const KEYS = [
  ["← ↑ → ↓", "move the selection"], ["PgUp PgDn Home End", "move it far"], ["Enter", "open the clip"], ["Space", "stop its picture, or let it go on"],
  ["k", "keep the clip"], ["d", "drop the clip"], ["n", "note something on it"], ["u", "take back what was said last"], ["/", "to the filter"], ["f", "show or hide the handles"], ["Esc", "back to the clips"], ["?", "these keys"],
];

export async function showGrid(page, place) {
  const told = await json("api/dataset");
  const grid = new Grid(page, told);
  grid.follow(place);
  return { leave: () => grid.leave(), follow: (next) => grid.follow(next) };
}

/** What is looked at, where that is not all: the filter that the viewer was begun with, shards that do not open. */
function within({ where, broken }) {
  const said = [where ? `within ${where}` : "", broken.length ? `${count(broken.length)} ${broken.length > 1 ? "shards do" : "shard does"} not open` : ""];
  const reasons = broken.map(({ shard, reason }) => `${shard}: ${reason}`);
  const line = said.filter(Boolean).join(" · ");
  return line ? element("span", { className: broken.length ? "within wrong" : "within", title: [where, ...reasons].join("\n") }, line) : null;
}

class Grid {
  constructor(page, told) {
    this.told = told;
    this.asked = {};
    this.shown = element("output", { className: "count", ariaLive: "polite" }, "");
    this.sql = new SqlInput(told.scalars, told.recipes, (where) => this.#apply({ where }, true));
    this.order = new OrderBar(told.scalars, (changes) => this.#apply(changes, true));
    this.panel = new FilterPanel(told.scalars, {
      changed: (clauses, done) => this.#apply({ where: sqlOf(clauses) }, done),
      opened: () => this.#opened(),
      scope: () => this.asked.where ?? "",
    });
    this.cells = new Cells({
      width: WIDTH,
      aspect: told.aspect,
      selected: (at) => this.#at(at),
      failed: (error) => this.sql.refused(error.message),
    });
    this.recipe = this.#recipes(told.recipes);
    this.clear = element("button", { type: "button", className: "clear", hidden: true, onclick: () => this.#apply({ where: "" }, true) }, "Clear");
    this.toggle = element("button", { type: "button", className: "toggle", ariaExpanded: "false", onclick: () => this.#side() }, "Filters");
    this.help = keyHelp(KEYS);
    this.menu = judgeMenu(() => this.asked, told);
    this.empty = element("div", { className: "empty", hidden: true });
    const keys = element("button", { type: "button", className: "help", title: "keys", ariaLabel: "keys", onclick: () => this.help.show() }, "?");
    this.side = element("aside", { ariaLabel: "Filter" }, this.panel.element);
    this.page = page;
    if (matchMedia("(min-width: 761px)").matches) this.#side();
    page.append(
      element("div", { className: "tools" }, this.toggle, within(told), this.sql.element, this.recipe, this.clear, this.order.element, this.menu, this.shown, keys),
      this.side,
      element("div", { className: "stage" }, this.cells.element, this.empty),
    );
    this.pressed = (event) => this.#pressed(event);
    addEventListener("keydown", this.pressed);
    this.deaf = onJudged((said) => {
      if (said) this.cells.judged(said);
      this.#recount();
    });
  }

  leave() {
    removeEventListener("keydown", this.pressed);
    this.help.end();
    this.menu.end();
    this.deaf();
    clearTimeout(this.recounting);
    this.cells.end();
    this.asking?.abort();
  }

  /** Shows what an address asks for: at first, and when the browser goes back. */
  follow({ asked }) {
    this.panel.open = asked.open;
    this.asked = { open: asked.open };
    this.#apply({ ...order(asked), at: asked.at }, null);
  }

  /** Asks for a filter or an order, and shows it where it is one. `done`: whether that is an entry of the history, false
   * while a handle moves, null where the address says so already. */
  async #apply(changes, done) {
    const asked = { ...this.asked, at: null, ...changes };
    const isFirst = this.latest === undefined;
    this.latest = { asked, done };
    if (this.asking && done === false) return; // asked for when the one before is there
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    try {
      this.#show(asked, await this.#spread(asked.where, [], asking.signal), done);
      await new Promise(requestAnimationFrame); // the count is seen
      // Scores come behind the clips; the first time, when the server reads each, part by part.
      for (const names of isFirst ? this.panel.namesByPart : [this.panel.names]) {
        this.panel.show(await this.#spread(asked.where, names, asking.signal));
      }
    } catch (error) {
      if (error.name === "AbortError") return;
      this.sql.refused(error.message);
      if (done === null) await this.#none(asked);
    } finally {
      if (this.asking === asking) this.asking = null;
    }
    if (this.asking === null && this.latest.asked !== asked) this.#apply(this.latest.asked, this.latest.done);
  }

  /** What an address shows whose filter is none. */
  async #none(asked) {
    this.#nothing("This filter does not evaluate.", asked);
    this.sql.write(asked.where ?? "");
    this.panel.show(await this.#spread("", this.panel.names));
  }

  /** How many clips a filter chooses, its clauses, and how some scalars spread. */
  async #spread(where, names, signal) {
    const query = new URLSearchParams(names.map((name) => ["name", name]));
    const answer = await fetch(`${address("api/spread", { where: where || null })}${where ? "&" : "?"}${query}`, { signal });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.error);
    return said;
  }

  #show(asked, found, done) {
    this.asked = asked;
    if (done !== null) (done ? enter : replace)("grid", null, asked);
    this.panel.show(found);
    this.sql.show(asked.where ?? "");
    this.order.show(asked);
    this.recipe.value = this.told.recipes.some((one) => one.name === asked.where) ? asked.where : "";
    this.clear.hidden = !asked.where;
    this.shown.replaceChildren(element("b", {}, count(found.count)), found.count === found.of ? " clips" : ` of ${count(found.of)} clips`);
    this.empty.hidden = found.count > 0;
    this.cells.element.hidden = found.count === 0;
    if (!found.count) this.#nothing(found.of ? "No clip matches." : "There is no clip here.", asked);
    this.cells.chosen = asked.at ? Number(asked.at) : -1;
    this.cells.show(order(asked), found.count, Number(asked.at ?? 0));
  }

  /** What an empty grid says. */
  #nothing(says, asked) {
    const what = asked.where
      ? element("p", {}, "Widen a handle, change the filter, or ", element("button", { type: "button", onclick: () => this.#apply({ where: "" }, true) }, "show all clips"))
      : element("p", {}, "Shards come from `faceshards pack`, and `--where` chooses among their clips.");
    this.empty.replaceChildren(element("h2", {}, says), what);
    this.empty.hidden = false;
    this.cells.element.hidden = true;
  }

  #recipes(recipes) {
    const list = element("select", { className: "recipes", ariaLabel: "Recipe" }, element("option", { value: "" }, "Recipe…"), ...recipes.map((one) => element("option", { value: one.name, title: one.where }, one.name)));
    list.addEventListener("change", () => list.value && this.#apply({ where: list.value }, true));
    return list;
  }

  #opened() {
    this.asked.open = this.panel.open;
    replace("grid", null, this.asked);
    this.#apply({ at: this.asked.at }, false);
  }

  #at(at) {
    this.asked.at = at || null;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => here().name === "grid" && replace("grid", null, this.asked), 120); // browsers count changes of an address
  }

  #side() {
    const open = this.page.classList.toggle("with-side");
    this.toggle.ariaExpanded = String(open);
  }

  #pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyped(event) && !(event.key === "Escape" && event.target instanceof HTMLSelectElement)) return;
    const act = this.#act(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** What a key does here; null for a key that does nothing. */
  #act({ key, target }) {
    if (key === "/") return () => this.sql.focus();
    if (key === "f") return () => this.#side();
    if (key === "u") return () => undo().catch((error) => this.sql.refused(error.message));
    if (key === "Escape") return () => this.cells.focus();
    if (target !== this.cells.element && target !== document.body && !target.closest(".cells")) return null;
    const to = this.cells.moved(key);
    if (to !== null) return () => this.cells.select(to);
    const done = this.#done(key);
    return done && this.cells.chosen >= 0 ? () => this.cells.whenHere(done) : null;
  }

  /** What a key does to a card; undefined for a key that does nothing to it. */
  #done(key) {
    return {
      Enter: (card) => (location.hash = card.address),
      " ": (card) => card.thumbnails.toggle(card.picture),
      k: (card) => this.#judge(card.clip, "keep"),
      d: (card) => this.#judge(card.clip, "drop"),
      n: ({ clip }) => noteOn(clip.row, clip.name ?? clip.key),
    }[key];
  }

  /** Counts what is judged anew in its lists; not where the filter or the order hangs on it, for clips would move away. */
  #recount() {
    if (/judge/.test(`${this.asked.where} ${this.asked.sort}`)) return;
    clearTimeout(this.recounting);
    this.recounting = setTimeout(async () => {
      const where = this.asked.where;
      const found = await this.#spread(where, this.panel.names.filter((name) => name.startsWith("judge"))).catch(() => null);
      if (found && where === this.asked.where) this.panel.show(found);
    }, 300);
  }

  /** Says keep or drop of a clip; the same again takes it back. */
  async #judge({ row, verdict }, said) {
    try {
      await judge(row, verdict === said ? "none" : said);
    } catch (error) {
      this.sql.refused(error.message);
    }
  }
}
