// The filter as handles and lists: a part for what texts tell (whose clip, of what, failed where), one for each stage
// that measured something. Only parts that are open are asked for.
import { element } from "../element.js";
import { Histogram } from "./histogram.js";
import { ValueList } from "./value_list.js";
import { boundsOf, textsOf, withBounds, withTexts } from "./where.js";

/** Texts that many clips share, in the order in which they are wanted. */
const SHARED = ["failed", "collection", "person", "identity", "split", "judgement", "judged_by", "language", "emotion", "vocal_channel"];
const OF_FILES = ["source", "licence", "video_codec", "sound_codec", "container", "spectrogram_variant", "swapped_source"];
/** Numbers of the packer that are wanted first. */
const FIRST = ["duration", "width", "height", "fps", "frames", "bytes", "sample_rate"];
const MOST_OPEN = 14;

/** `changed(clauses, done)` is called with what handles and lists make of the filter; `opened()` when other parts are
 * open; `scope()` tells the filter that is in force. */
export class FilterPanel {
  constructor(scalars, { changed, opened, scope }) {
    Object.assign(this, { clauses: [], changed, opened, facets: new Map(), scalars: new Map(scalars.map((one) => [one.name, one])) });
    const made = (scalar) =>
      scalar.kind === "text"
        ? new ValueList(scalar, (texts) => this.#change(withTexts(this.clauses, scalar, texts, scalar.name === "failed"), true), scope)
        : new Histogram(scalar, (bounds, done) => this.#change(withBounds(this.clauses, scalar, bounds), done));
    this.parts = partsOf(scalars).map(({ name, of }) => {
      const body = element("div", {});
      const part = element("details", { className: "part" }, element("summary", {}, name), body);
      of.forEach((scalar) => {
        const facet = made(scalar);
        this.facets.set(scalar.name, facet);
        body.append(facet.element);
      });
      part.addEventListener("toggle", () => this.ready && this.opened());
      return { name, names: of.map((one) => one.name), part };
    });
    this.usual = usuallyOpen(this.parts);
    this.element = element("div", { className: "facets" }, ...this.parts.map(({ part }) => part));
  }

  /** The parts that are open, as the address has it; null where they are the usual ones. */
  get open() {
    const names = this.parts.filter(({ part }) => part.open).map(({ name }) => name);
    return String(names) === String(this.usual) ? null : names.join(",") || "none";
  }

  set open(asked) {
    this.ready = false;
    const names = asked ? asked.split(",") : this.usual;
    for (const { name, part } of this.parts) part.open = names.includes(name);
    setTimeout(() => (this.ready = true)); // `toggle` comes behind
  }

  /** The scalars whose spread is wanted. */
  get names() {
    return this.namesByPart.flat();
  }

  get namesByPart() {
    return this.parts.filter(({ part }) => part.open).map(({ names }) => names);
  }

  /** Shows what the server says of a filter: its clauses, and its facets. */
  show({ clauses, facets }) {
    this.clauses = clauses;
    const named = new Set(clauses.map((one) => one.name));
    for (const { part, names } of this.parts) part.classList.toggle("set", names.some((name) => named.has(name)));
    for (const facet of facets) {
      const scalar = this.scalars.get(facet.name);
      this.facets.get(facet.name).show(facet, scalar.kind === "text" ? textsOf(clauses, facet.name) : boundsOf(clauses, facet.name));
    }
  }

  #change(clauses, done) {
    this.clauses = clauses;
    this.changed(clauses, done);
  }
}

/** The scalars in parts. */
function partsOf(scalars) {
  const named = new Map(scalars.map((one) => [one.name, one]));
  const texts = (names) => names.map((name) => named.get(name)).filter((one) => one && !(one.name === "identity" && named.has("person")));
  const numbers = scalars.filter((one) => one.kind !== "text");
  const makers = new Map([["your own", []], ...[...new Set(numbers.map((one) => one.maker))].filter((maker) => maker && maker !== "pack").map((maker) => [maker, []]), ["picture and sound", []]]);
  for (const one of numbers) makers.get(one.maker === "pack" ? "picture and sound" : one.maker || "your own").push(one);
  makers.get("your own").push(...scalars.filter((one) => one.kind === "text" && !one.maker && one.name !== "failed"));
  const rank = (one) => (FIRST.includes(one.name) ? FIRST.indexOf(one.name) : FIRST.length);
  makers.get("picture and sound").sort((a, b) => rank(a) - rank(b));
  const parts = [["clips", texts(SHARED)], ...makers, ["files", texts(OF_FILES)]];
  return parts.map(([name, of]) => ({ name, of })).filter(({ of }) => of.length);
}

function usuallyOpen(parts) {
  const open = [];
  let left = MOST_OPEN;
  for (const { name, names } of parts) {
    if (name === "files") break;
    if (name !== "clips" && (left -= names.length) < 0) break;
    open.push(name);
  }
  if (open.length < 2 && parts.length > 1) open.push(parts[1].name);
  return open;
}
