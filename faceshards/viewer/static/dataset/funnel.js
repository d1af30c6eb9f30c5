// The funnel: what entered each step, what left it, and for which reasons the rest did not.
import { element } from "../element.js";
import { hash } from "../place.js";
import { clips, count, literal } from "./panel.js";

const MOST_STEPS = 10;

/** A line a step, as long as what got past it. */
export function funnelPanel(body, told) {
  const met = told.funnel.filter((step, at) => at === 0 || step.passed < step.entered);
  const idle = told.funnel.length - met.length;
  const lossless = (step) => !step.losses.length && step !== met[0];
  const steps = met.length > MOST_STEPS ? met.filter((step) => !lossless(step)) : met;
  body.append(element("ol", { className: "steps" }, ...steps.map((step) => line(step, told.seen))));
  if (steps.length < met.length) body.append(element("p", { className: "faint" }, `Nothing was lost at ${met.filter(lossless).map(short).join(", ")}.`));
  const lost = told.seen - told.whole;
  body.append(element("p", {}, `${clips(told.seen)} in, ${count(told.whole)} whole, ${count(lost)} lost on the way.`));
  const notes = [
    idle && `${count(idle)} ${idle === 1 ? "stage" : "stages"} met none of these clips.`,
    !told.read.jsons && "From the indexes alone: of this many clips no json is read, so who met a stage is told by its columns.",
    told.read.shards < told.read.of && `Of ${count(told.read.of)} shards the first ${count(told.read.shards)} were read.`,
    ...told.unreadable.map((one) => `${one.shard}: ${one.why}`),
  ].filter(Boolean);
  if (notes.length) body.append(element("p", { className: "faint" }, notes.join(" ")));
}

function short(step) {
  return step.passed ? `${step.name} (met ${count(step.entered - step.passed)})` : step.name;
}

function line(step, seen) {
  const track = element("span", { className: "track", ariaHidden: "true" });
  for (const [share, kind] of [[step.left, "left"], [step.entered - step.left, "lost"]]) {
    const part = element("i", { className: `bar ${kind}` });
    part.style.width = `${(100 * share) / Math.max(1, seen)}%`;
    if (share) part.style.minWidth = "2px";
    track.append(part);
  }
  const reasons = step.losses.map((loss) => reason(step.name, loss));
  const met = step.passed ? element("small", { className: "faint" }, `met ${count(step.entered - step.passed)}`) : null;
  return element("li", {}, element("span", { className: "name" }, step.name, " ", met), track, element("b", {}, count(step.left)), element("span", { className: "reasons" }, ...reasons));
}

function reason(stage, { code, clips }) {
  const text = `−${count(clips)} ${code}`;
  if (stage === "packed") return element("span", {}, text);
  const where = `contains(failed, ${literal(`${stage}:${code}`)})`;
  return element("a", { href: hash("grid", null, { where }) }, text);
}
