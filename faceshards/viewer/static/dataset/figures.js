// What there is, in figures, and where it comes from.
import { judgementsOf } from "../judge.js";
import { element } from "../element.js";
import { hash } from "../place.js";
import { bytes, clips, count, literal, short, table } from "./panel.js";

/** Clips, hours, persons, bytes, judged. */
export async function figureStrip(body, told) {
  const { totals } = told;
  const judged = await judgementsOf();
  const figures = [
    [count(totals.samples), totals.samples === 1 ? "clip" : "clips", totals.removed ? `${count(totals.removed)} removed on request` : told.where && `where ${told.where}`],
    [...time(totals.hours ?? 0), totals.without_duration ? `${clips(totals.without_duration)} without a duration` : `${count(totals.frames ?? 0)} frames`],
    [count(totals.persons), totals.persons === 1 ? "person" : "persons", totals.without_person ? `${clips(totals.without_person)} ${totals.without_person === 1 ? "names" : "name"} none` : ""],
    [bytes(told.bytes), `in ${count(totals.shards)} shard${totals.shards === 1 ? "" : "s"}`, ""],
    [count(judged.keep + judged.drop), "judged", `${count(judged.keep)} kept, ${count(judged.drop)} dropped${judged.unsaved ? `, ${count(judged.unsaved)} not yet in the shards` : ""}`],
  ];
  body.append(
    ...figures.map(([figure, what, note]) =>
      element("div", { className: "figure" }, element("b", {}, figure), element("span", {}, what), element("small", {}, note || "\u00a0")),
    ),
  );
}

/** A line a collection, then languages and sides of a split. */
export function collectionsPanel(body, told) {
  body.append(
    table(
      ["collection", "licence", "clips#", "length#", "persons#", "cite"],
      told.collections.map((one) => [
        chosen("collection", one.collection),
        one.licence ?? element("span", { className: "faint" }, "not said"),
        count(one.samples),
        long(one.hours ?? 0),
        count(one.persons),
        one.citation ?? "",
      ]),
    ),
  );
  for (const [name, groups] of [["language", told.languages], ["split", told.splits]]) {
    if (groups.length) {
      const rows = groups.map((one) => [chosen(name, one[name]), count(one.samples), long(one.hours ?? 0), count(one.persons)]);
      body.append(table([name, "clips#", "length#", "persons#"], rows));
    }
  }
}

/** How long so many hours are, in the unit that people would choose: [number, unit]. */
function time(hours) {
  const seconds = 3600 * hours;
  if (seconds < 100) return [short(seconds, 2), "seconds"];
  if (hours < 1) return [short(60 * hours, 2), "minutes"];
  return [hours >= 100 ? count(hours) : hours.toFixed(1), "hours"];
}

function long(hours) {
  const [number, unit] = time(hours);
  return `${number} ${{ seconds: "s", minutes: "min", hours: "h" }[unit]}`;
}

function chosen(name, value) {
  const where = value === null ? `${name} IS NULL` : `${name} = ${literal(value)}`;
  return element("a", { href: hash("grid", null, { where }) }, value ?? "not said");
}
