// Clips that show the same moments, side by side.
import { element } from "../element.js";
import { hash } from "../place.js";
import { count, more, short } from "./panel.js";

/** A card a pair; where there is no list it says how one is made. */
export function pairsPanel(body, told) {
  if (!told.files.length) {
    const command = element("code", {}, "faceshards dedupe SHARDS --out SHARDS/pairs.parquet");
    body.append(element("p", { className: "faint" }, "No list of pairs lies beside the shards. ", command, " looks for clips that show the same."));
    return;
  }
  const list = element("div", {});
  const told_of = told.of > told.pairs.length ? `, of which these ${count(told.pairs.length)} are the surest` : "";
  const away = told.elsewhere ? `; ${count(told.elsewhere)} more are of clips that are not looked at` : "";
  body.append(element("p", { className: "faint" }, `${count(told.of)} pair${told.of === 1 ? "" : "s"} in ${told.files.join(", ")}${told_of}${away}.`), list);
  more(list, told.pairs, 24, (part) => element("div", { className: "duplicates" }, ...part.map(card)));
}

function card(pair) {
  const face = pair.face_apart === null ? "" : `faces ${short(pair.face_apart)} of a threshold apart${pair.face_apart >= 1 ? ": two persons" : ""}`;
  const words = [pair.reason, `${short(pair.seconds)} s in common, from ${short(pair.start)} s and ${short(pair.other_start)} s`, face];
  return element(
    "figure",
    {},
    still(pair.row, pair.key),
    still(pair.other, pair.other_key),
    element("figcaption", {}, element("b", {}, short(pair.score)), element("span", { className: "faint" }, words.filter(Boolean).join(" · "))),
  );
}

function still(row, key) {
  const image = element("img", { src: `poster/${row}`, alt: "", loading: "lazy", decoding: "async" });
  image.onerror = () => image.replaceWith(element("span", { className: "none" }, "no picture"));
  return element("a", { href: hash("clip", row), title: key }, image, element("span", { className: "name" }, key));
}
