// The filter as SQL: shown, written, completed. Enter applies it; an error stands beside it until another is applied.
import { json } from "../api.js";
import { element } from "../element.js";
import { count } from "../number_text.js";
import { completions } from "./completion.js";
import { quoted } from "./where.js";

/** `applied(sql)` is called with a filter to apply. */
export class SqlInput {
  constructor(scalars, recipes, applied) {
    Object.assign(this, { scalars, recipes, applied, items: [], at: -1 });
    this.field = element("textarea", { rows: 1, spellcheck: false, placeholder: "a filter in SQL or a recipe's name, as  face_share > 0.9 AND duration >= 2", ariaLabel: "Filter", ariaAutoComplete: "list", ariaExpanded: "false" });
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("autocomplete", "off");
    this.field.setAttribute("aria-controls", "completions");
    this.list = element("ul", { id: "completions", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.hint = element("span", { className: "hint", hidden: true }, "Enter applies");
    this.error = element("p", { className: "refused", role: "alert", hidden: true }, "");
    this.element = element("div", { className: "sql" }, this.field, this.hint, this.list, this.error);
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => this.#pressed(event));
    this.field.addEventListener("blur", () => this.#close());
    this.field.addEventListener("click", () => this.#suggest());
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.#take([...this.list.children].indexOf(item));
    });
  }

  /** Shows the filter that is in force; what is just being written stays. */
  show(sql) {
    const written = this.field.value !== (this.shown ?? "");
    this.shown = sql;
    if (!written || document.activeElement !== this.field) this.field.value = sql;
    this.refused("");
    this.#changed(false);
  }

  /** Shows why a filter is none; empty: it is one. */
  refused(line) {
    this.error.hidden = !line;
    this.error.textContent = line;
    this.field.ariaInvalid = line ? "true" : "false";
  }

  /** Puts a filter here that is not in force. */
  write(sql) {
    this.field.value = sql;
    this.#changed(false);
  }

  focus() {
    this.field.focus();
    this.field.select();
  }

  #changed(suggest = true) {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
    this.hint.hidden = this.field.value === (this.shown ?? "");
    if (suggest) this.#suggest();
  }

  #pressed(event) {
    event.stopPropagation();
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) return void this.#suggest();
      event.preventDefault();
      this.#point((this.at + (event.key === "ArrowDown" ? 1 : -1) + this.items.length) % this.items.length);
    } else if (event.key === "Tab" && open && !event.shiftKey) {
      event.preventDefault();
      this.#take(Math.max(0, this.at));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (open && this.at >= 0) this.#take(this.at);
      else this.#apply();
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (open) this.#close();
      else {
        this.field.value = this.shown ?? "";
        this.refused("");
        this.#changed(false);
        this.field.blur();
      }
    }
  }

  #apply() {
    this.#close();
    this.applied(this.field.value.trim());
  }

  async #suggest() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { start, items, values } = completions(this.field.value, this.field.selectionStart, this.scalars, this.recipes);
    let found = items;
    if (values) {
      const told = await json("api/values", values).catch(() => ({ values: [] }));
      found = told.values.map(([text, all]) => ({ text: quoted(text), says: `${count(all)} clips`, kind: values.name }));
    }
    if (turn !== this.turn || document.activeElement !== this.field) return;
    [this.start, this.items, this.at] = [start, found, -1];
    this.list.replaceChildren(...found.map((one, at) => this.#item(one, at)));
    this.list.hidden = !found.length;
    this.field.ariaExpanded = String(!this.list.hidden);
  }

  #item({ text, says, kind }, at) {
    const item = element("li", { id: `completion${at}` }, element("code", {}, text), element("span", { className: "says" }, says), element("span", { className: "kind" }, kind));
    item.setAttribute("role", "option");
    return item;
  }

  #point(at) {
    this.list.children[this.at]?.removeAttribute("aria-selected");
    this.at = at;
    const item = this.list.children[at];
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", item.id);
  }

  /** Puts a completion in the place of what was begun; of a form with … the first … is selected. */
  #take(at) {
    const { text } = this.items[at];
    const tail = this.field.value.slice(this.field.selectionStart).replace(/^[\w"]*'?/, (rest) => (this.field.value[this.start] === "'" ? "" : rest));
    this.field.value = this.field.value.slice(0, this.start) + text + tail;
    const gap = text.indexOf("…");
    const [from, to] = gap < 0 ? [this.start + text.length, this.start + text.length] : [this.start + gap, this.start + gap + 1];
    this.field.setSelectionRange(from, to);
    this.#close();
    this.#changed(false);
  }

  #close() {
    this.turn = (this.turn ?? 0) + 1;
    this.list.hidden = true;
    this.at = -1;
    this.field.ariaExpanded = "false";
    this.field.removeAttribute("aria-activedescendant");
  }
}
