// Arrays as NumPy writes them (format 1.0), read without a copy where they lie aligned.

const KINDS = { "<f4": Float32Array, "<f8": Float64Array, "|u1": Uint8Array, "<i4": Int32Array };
const HEADER = /^\{'descr': '([<|][fui]\d)', 'fortran_order': False, 'shape': \(((?:\d{1,15}, ?)*\d{0,15})\),? *\}\s*$/;

/** An array {data, shape} of an ArrayBuffer. Throws an Error for what is none, or of a kind that no page asks for. */
export function parseNpy(buffer) {
  const bytes = new Uint8Array(buffer);
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  if (bytes[0] !== 0x93 || magic !== "NUMPY" || bytes[6] !== 1) throw new Error("the answer is no array");
  const begins = 10 + new DataView(buffer).getUint16(8, true);
  const told = HEADER.exec(new TextDecoder("latin1").decode(bytes.subarray(10, begins)));
  const Kind = told && KINDS[told[1]];
  if (!Kind) throw new Error("the answer is an array of another kind");
  const shape = told[2].split(",").filter((one) => one.trim()).map(Number);
  const count = shape.reduce((all, one) => all * one, 1);
  if (begins + count * Kind.BYTES_PER_ELEMENT !== buffer.byteLength) throw new Error("the array is cut off");
  const aligned = begins % Kind.BYTES_PER_ELEMENT === 0;
  return { data: aligned ? new Kind(buffer, begins, count) : new Kind(buffer.slice(begins)), shape };
}
