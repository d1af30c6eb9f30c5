// A filter as its clauses (pages/filter/clauses.py tells them apart), and what handles and lists make of them.

/** The bounds that clauses set to a scalar: `from` and `to`, null where there is none. */
export function boundsOf(clauses, name) {
  const value = (signs) => clauses.find((one) => one.name === name && signs.includes(one.sign))?.value ?? null;
  return { from: value([">=", ">", "="]), to: value(["<=", "<", "="]) };
}

/** The clauses with other bounds of a scalar; null takes one away. */
export function withBounds(clauses, scalar, { from, to }) {
  const kept = clauses.filter((one) => one.name !== scalar.name || one.sign === undefined);
  const bound = (sign, value) => (value === null ? [] : [{ name: scalar.name, sign, value, text: `${scalar.sql} ${sign} ${value}` }]);
  return [...kept, ...bound(">=", from), ...bound("<=", to)];
}

/** The texts that a list has chosen of a scalar. */
export function textsOf(clauses, name) {
  return new Set(clauses.find((one) => one.name === name && one.texts)?.texts ?? []);
}

/** The clauses with other texts chosen of a scalar; `words`: of its words. */
export function withTexts(clauses, scalar, texts, words) {
  const kept = clauses.filter((one) => one.name !== scalar.name || !one.texts);
  if (!texts.length) return kept;
  const listed = texts.map(quoted).join(", ");
  const text = words ? `list_has_any(split(${scalar.sql}, ' '), [${listed}])` : texts.length > 1 ? `${scalar.sql} IN (${listed})` : `${scalar.sql} = ${listed}`;
  return [...kept, { name: scalar.name, texts, words, text }];
}

/** The filter that clauses make together. One that may hold an OR stands in brackets beside others. */
export function sqlOf(clauses) {
  if (clauses.length < 2) return clauses[0]?.text ?? "";
  return clauses.map((one) => (one.name || !LOOSE.test(one.text) || /^\([^()]*\)$/.test(one.text) ? one.text : `(${one.text}${one.text.includes("--") ? "\n" : ""})`)).join(" AND ");
}

const LOOSE = /\b(or|between|case)\b|--|\/\*/i;

/** A text as SQL has it. */
export function quoted(text) {
  return `'${text.replaceAll("'", "''")}'`;
}
