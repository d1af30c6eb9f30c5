// How each scalar is spread: small histograms of numbers, the most frequent words of texts.
import { element } from "../element.js";
import { hash } from "../place.js";
import { bytes, count, literal, quoted, short } from "./panel.js";

/** A cell a scalar; what all clips say alike stands in one line below. */
export function scoresPanel(body, told) {
  const words = told.scalars.filter((one) => one.top?.length && one.top[0][1] > 1 && 50 * one.top[0][1] > one.count);
  const numbers = told.scalars.filter((one) => one.counts);
  body.append(element("div", { className: "spreads" }, ...numbers.map(histogram), ...words.map(frequent)));
  const singles = told.scalars.length - words.length - numbers.length;
  const constant = told.constant.map((one) => `${one.name} ${typeof one.value === "number" ? short(one.value) : one.value}`);
  const rest = [constant.length ? `The same of all: ${constant.join(", ")}.` : "", singles ? `${singles} more ${singles === 1 ? "differs" : "differ"} from clip to clip, or say${singles === 1 ? "s" : ""} nothing.` : ""];
  if (rest.join("")) body.append(element("p", { className: "faint" }, rest.filter(Boolean).join(" ")));
}

function histogram(one) {
  const peak = Math.max(...one.counts);
  const bars = one.counts.map((number) => {
    const column = element("i");
    column.style.height = number ? `max(1px, ${(100 * number) / peak}%)` : "0";
    return column;
  });
  const told = (number) => (one.unit === "B" ? bytes(number) : short(number, 3));
  return element(
    "a",
    { className: "spread", href: hash("grid", null, { sort: one.name }), title: [one.doc, one.unit, one.maker].filter(Boolean).join(" · ") },
    element("span", { className: "name" }, element("span", {}, one.name), one.unit ? element("small", {}, one.unit) : null, lacking(one)),
    element("span", { className: "bars", ariaHidden: "true" }, ...bars),
    element("span", { className: "ends" }, ...["least", "median", "greatest"].map((end) => element("span", { className: end }, told(one[end])))),
  );
}

function frequent(one) {
  const most = one.top[0][1];
  const lines = one.top.slice(0, 4).map(([word, clips]) => {
    const link = element("a", { href: hash("grid", null, { where: `${quoted(one.name)} = ${literal(word)}` }) }, word || "(empty)");
    const line = element("i", { className: "bar" });
    line.style.width = `${(100 * clips) / most}%`;
    return element("li", {}, link, element("span", { className: "track" }, line), element("span", {}, count(clips)));
  });
  return element("div", { className: "spread words", title: one.doc }, element("span", { className: "name" }, element("span", {}, one.name), element("small", {}, `${count(one.distinct)} different`)), element("ul", {}, ...lines));
}

function lacking(one) {
  return one.missing ? element("small", { title: `${count(one.count)} of ${count(one.count + one.missing)} clips have it` }, `∅ ${count(one.missing)}`) : null;
}
