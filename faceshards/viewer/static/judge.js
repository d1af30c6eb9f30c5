// Judgements: each is written down by the server before anything is shown. Pages call judge and undo, ask verdictOf what
// is known of a row, and hear of every change by onJudged.
import { json } from "./api.js";

const known = new Map();
const undone = [];
const listeners = new Set();
let before = Promise.resolve();

/** Says of a row keep, drop or none, and notes something; undefined leaves the one or the other as it was. Returns what
 * stands then: {row, verdict, note, by, at, others, before}. The same verdict again takes it back. */
export function judge(row, verdict, note) {
  return inTurn(async () => {
    const again = verdict && known.get(row)?.verdict === verdict && note === undefined;
    const said = await send("api/judge", { row, verdict: again ? "none" : verdict, note });
    undone.push({ row, ...said.before });
    remember(said);
    return said;
  });
}

/** Takes the last judgement of this page back. Returns what stands then; null where there is none to take back. */
export function undo() {
  return inTurn(async () => {
    const last = undone.pop();
    if (!last) return null;
    const said = await send("api/judge", last);
    remember(said);
    return said;
  });
}

/** What is known of a row without asking: {verdict, note, ...}, or undefined. */
export function verdictOf(row) {
  return known.get(row);
}

/** Asks for what stands of some rows (at most 500), and remembers it. Returns the counts of all: {by, keep, drop,
 * notes, rows, unsaved, read_only, ...}. */
export async function judgementsOf(rows = []) {
  const told = await json("api/judgements", { rows: rows.join(",") });
  told.judgements.forEach(remember);
  return told;
}

/** Writes what is judged into the shards. Returns {written, clips, refused, ...counts}. */
export async function saveJudgements() {
  const done = await send("api/judgements/save", {});
  listeners.forEach((listener) => listener(null));
  return done;
}

/** Calls a function with each judgement as it changes (null: many did); returns what ends that. */
export function onJudged(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Does one thing after the other, in the order of the keys, however long each answer takes. */
function inTurn(act) {
  const mine = before.then(act);
  before = mine.catch(() => {});
  return mine;
}

function remember(said) {
  known.set(said.row, said);
  listeners.forEach((listener) => listener(said));
}

async function send(path, sent) {
  const head = { "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers: head, body: JSON.stringify(sent) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}
