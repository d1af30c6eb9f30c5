// What may stand where a filter is being written: scalars, operators, recipes, values of texts.

const OPERATORS = [
  ["AND", "both hold"], ["OR", "one of both holds"], ["NOT", "does not hold"], ["IS NULL", "has no value"], ["IS NOT NULL", "has a value"],
  ["IN ('…')", "is one of these"], ["BETWEEN … AND …", "lies between"], ["LIKE '%…%'", "a text like this; % is anything"],
  ["abs(…)", "without its sign"], ["contains(…, '…')", "a text that holds another"], ["hash(key) % 10 = 0", "a tenth by chance, the same ever"],
];

/** What may stand at the caret: { start, items: [{ text, says, kind }] }, the part from `start` to the caret replaced;
 * or { start, values: { name, search } } where the value of a text is being written. */
export function completions(sql, caret, scalars, recipes) {
  const before = sql.slice(0, caret);
  const open = openText(before);
  if (open !== null) {
    const name = /("(?:[^"]|"")+"|[A-Za-z_]\w*)\s*(?:=|<>|!=|IN\s*\((?:\s*'(?:[^']|'')*'\s*,)*)\s*$/i.exec(before.slice(0, open))?.[1];
    const scalar = scalars.find((one) => one.kind === "text" && name && (one.sql === name || one.name === name));
    return { start: open, items: [], values: scalar ? { name: scalar.name, search: before.slice(open + 1).replaceAll("''", "'") } : null };
  }
  const word = /"?[A-Za-z_][\w-]*$/.exec(before)?.[0] ?? "";
  const asked = word.replace('"', "").toLowerCase();
  if (!asked && before.trim()) return { start: caret, items: [], values: null };
  const rank = (text, says) => (text.toLowerCase().startsWith(asked) ? 0 : text.toLowerCase().includes(asked) ? 1 : asked.length > 2 && says.toLowerCase().includes(asked) ? 2 : 3);
  const items = [
    ...scalars.map((one) => ({ text: one.sql, says: [one.unit, one.doc].filter(Boolean).join(" · "), kind: one.maker || "own" })),
    ...(asked ? OPERATORS.map(([text, says]) => ({ text, says, kind: "sql" })) : []),
    ...(before.trim() === word ? recipes.map((one) => ({ text: one.name, says: one.where, kind: "recipe" })) : []),
  ];
  const ranked = items.map((item) => ({ item, rank: rank(item.text, item.says) })).filter((one) => one.rank < 3 && one.item.text.toLowerCase() !== asked);
  ranked.sort((a, b) => a.rank - b.rank);
  return { start: caret - word.length, items: ranked.slice(0, 40).map((one) => one.item), values: null };
}

/** Where the text begins in whose quotes the end of `before` stands; null outside. */
function openText(before) {
  let open = null;
  for (let at = 0; at < before.length; at++) {
    if (before[at] === "'") open = open === null ? at : null;
  }
  return open;
}
