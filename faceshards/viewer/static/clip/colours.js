// The page's colours for a canvas, which does not know a style sheet's variables.
import { element } from "../element.js";

export const dark = matchMedia("(prefers-color-scheme: dark)");
const known = new Map();

/** The colour of a variable of the style sheets in the present scheme. */
export function colour(variable) {
  const name = `${variable} ${dark.matches}`;
  if (!known.has(name)) {
    const probe = element("i");
    probe.style.color = `var(${variable})`;
    document.body.append(probe);
    known.set(name, getComputedStyle(probe).color);
    probe.remove();
  }
  return known.get(name);
}

/** The colour of a line of several. */
export function lineColour(number) {
  return colour(`--track-${number % 6}`);
}
