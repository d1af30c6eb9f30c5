// The page of the data set as a whole: each panel asks for its own part, and says what it waits for.
import { columnsPanel, recipesPanel } from "./dataset/columns.js";
import { collectionsPanel, figureStrip } from "./dataset/figures.js";
import { funnelPanel } from "./dataset/funnel.js";
import { mapPanel } from "./dataset/map.js";
import { pairsPanel } from "./dataset/pairs.js";
import { panel, whenDone } from "./dataset/panel.js";
import { scoresPanel } from "./dataset/scores.js";
import { shardsPanel } from "./dataset/shards.js";
import { keyHelp } from "./keys.js";

const KEYS = [["Tab", "to the next thing that can be chosen"], ["← ↑ → ↓", "on the map: to the next clip that way"], ["Enter", "show the clips of what is stood on"], ["?", "these keys"]];

export async function showDataset(page) {
  const left = new AbortController();
  const figures = whenDone("api/dataset/figures", left.signal);
  const making = whenDone("api/dataset/making", left.signal);
  const map = panel("map", "Who is in it", "Each point is a clip; what is near is alike. Drag over some, or choose a person.");
  const panels = [
    [panel("figures", "", ""), figures, figureStrip],
    [map, null, mapPanel],
    [panel("funnel", "Funnel", "How many clips got past each step, and why others did not."), making, funnelPanel],
    [panel("collections", "Collections", "Where the clips come from, and on which terms."), figures, collectionsPanel],
    [panel("shards", "Shards", "The files themselves."), null, shardsPanel],
    [panel("scores", "Scores", "How each is spread: least, median, greatest. Choose one to sort the clips by it."), figures, scoresPanel],
    [panel("columns", "Columns", "What each clip has: bytes, and in which state."), figures, columnsPanel],
    [panel("recipes", "Provenance", "Which stage, with which parameters and model files, made what."), making, recipesPanel],
    [panel("pairs", "Twice", "Clips that show the same moments, by faceshards dedupe."), whenDone("api/dataset/pairs", left.signal), pairsPanel],
  ];
  page.append(...panels.map(([one]) => one.section));
  for (const [one, work, fill] of panels) one.fill(work, fill, left.signal);
  const help = keyHelp(KEYS);
  return () => {
    left.abort();
    help.end();
  };
}
