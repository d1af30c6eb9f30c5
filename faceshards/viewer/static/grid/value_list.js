// The values of a text with how many clips have each, to choose some of; of failures, stage by stage.
import { json } from "../api.js";
import { element } from "../element.js";
import { count } from "../number_text.js";

const FEW = 4;

/** `chosen(texts)` is called with all texts that are now chosen. `scope()`: the filter that values are counted under. */
export class ValueList {
  constructor(scalar, chosen, scope) {
    Object.assign(this, { scalar, chosen, scope, texts: new Set() });
    this.isFailures = scalar.name === "failed";
    this.list = element("ul", {});
    this.more = element("span", { className: "absent" }, "");
    this.search = element("input", { type: "search", placeholder: "find…", ariaLabel: `find a ${scalar.name}`, hidden: true, spellcheck: false });
    this.search.addEventListener("input", () => this.#find());
    this.search.addEventListener("keydown", (event) => event.stopPropagation());
    this.element = element(
      "div",
      { className: "facet values", title: `${scalar.name}${scalar.doc ? `: ${scalar.doc}` : ""}` },
      element("div", { className: "label" }, element("span", { className: "of" }, this.isFailures ? "failures" : scalar.name), this.more),
      this.search,
      this.list,
    );
  }

  /** Shows a facet (pages/filter/facets.py) and the texts that a filter asks for. */
  show(facet, texts) {
    this.facet = facet;
    this.texts = texts;
    const few = facet.distinct < 2 && !texts.size;
    this.element.classList.toggle("nowhere", few && !facet.values.length);
    this.element.classList.toggle("constant", few && !this.isFailures);
    this.search.hidden = facet.distinct <= facet.values.length;
    this.more.firstChild.data = few ? this.#only(facet) : facet.distinct > facet.values.length ? `${count(facet.distinct)} kinds` : "";
    if (!this.search.value) this.#list(this.#most(facet));
    else this.#find();
  }

  /** Those that stand there before anything is searched: of many kinds, few. */
  #most({ values, distinct }) {
    return distinct > values.length && !this.isFailures ? values.slice(0, FEW) : values;
  }

  #only(facet) {
    if (!facet.values.length) return "";
    return this.isFailures && facet.values[0][0] === "" ? "none" : `${facet.values[0][0]} in ${facet.absent ? count(facet.values[0][1]) : "all"}`;
  }

  #list(values) {
    const there = new Set(values.map(([text]) => text));
    const all = [...[...this.texts].filter((text) => !there.has(text)).map((text) => [text, null, null]), ...values];
    const focused = this.list.contains(document.activeElement) ? document.activeElement.value : null;
    this.list.replaceChildren(...(this.isFailures ? this.#byStage(all) : all.map((one) => this.#value(one, one[0]))));
    if (focused !== null) [...this.list.querySelectorAll("input")].find((one) => one.value === focused)?.focus({ preventScroll: true });
  }

  /** Failures: what failed nowhere first, then each stage with its codes. */
  #byStage(values) {
    const stages = new Map();
    const whole = [];
    for (const one of values) {
      const [stage, code] = one[0].split(":", 2);
      if (code === undefined) whole.push(one);
      else stages.set(stage, [...(stages.get(stage) ?? []), one]);
    }
    const lines = whole.map((one) => this.#value(one, one[0] || "nothing failed"));
    for (const [stage, codes] of stages) {
      if (codes.length > 1) {
        const every = codes.map(([text]) => text);
        const on = every.every((text) => this.texts.has(text));
        const flip = () => this.#choose(on ? [...this.texts].filter((text) => !every.includes(text)) : [...this.texts, ...every]);
        lines.push(element("li", { className: "stage" }, element("label", {}, element("input", { type: "checkbox", checked: on, value: `${stage}:`, onchange: flip }), stage)));
      }
      lines.push(...codes.map((one) => this.#value(one, codes.length > 1 ? one[0].slice(stage.length + 1) : one[0].replace(":", " · "), codes.length > 1 ? "code" : "")));
    }
    return lines;
  }

  #value([text, all, some], says, kind = "") {
    const box = element("input", { type: "checkbox", checked: this.texts.has(text), value: text });
    box.addEventListener("change", () => this.#choose(box.checked ? [...this.texts, text] : [...this.texts].filter((one) => one !== text)));
    const bar = element("span", { className: "bar" });
    const most = Math.max(1, ...this.facet.values.map((one) => one[1]));
    bar.style.width = `${(100 * (some ?? 0)) / most}%`;
    const told = all === null ? "" : some === all ? count(all) : `${count(some)} / ${count(all)}`;
    return element("li", { className: kind }, bar, element("label", {}, box, element("span", { className: "text" }, says || "(empty)"), element("span", { className: "many" }, told)));
  }

  #choose(texts) {
    this.chosen([...new Set(texts)]);
  }

  async #find() {
    const search = this.search.value;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const found = search ? await json("api/values", { name: this.scalar.name, search, where: this.scope() }).catch(() => null) : { values: this.#most(this.facet) };
    if (turn === this.turn && found) this.#list(found.values);
  }
}
