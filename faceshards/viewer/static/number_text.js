// Numbers as people read them.

/** At most four significant digits, no exponent for everyday sizes. */
export function short(value) {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  return size < 1e-3 || size >= 1e6 ? value.toExponential(2).replace("e+", "e") : String(Number(value.toPrecision(4)));
}

/** A count, its thousands parted. */
export function count(value) {
  return value.toLocaleString("en");
}

/** A value to the decimals of a step. */
export function stepped(value, step) {
  const digits = Math.max(0, Math.round(-Math.log10(step)));
  return Number((Math.round(value / step) * step).toFixed(digits));
}
