// The page of one clip: its videos in step, what was found drawn on them, sound and numbers over time, and what is said.
import { bytes, json } from "./api.js";
import { Clock } from "./clip/clock.js";
import { columns, facts, failures, scores } from "./clip/facts.js";
import { keyboard, KEYS, playerKeys, waysKeys } from "./clip/keyboard.js";
import { Layers } from "./clip/layers.js";
import { parseNpy } from "./clip/npy.js";
import { Pane } from "./clip/pane.js";
import { Player } from "./clip/player.js";
import { stageOf } from "./clip/stage.js";
import { Timeline } from "./clip/timeline.js";
import { transport } from "./clip/transport.js";
import { windowPart } from "./clip/window.js";
import { element } from "./element.js";
import { judge, judgementsOf, onJudged, undo, verdictOf } from "./judge.js";
import { noteOn } from "./judge_note.js";
import { keyHelp } from "./keys.js";
import { hash, order } from "./place.js";

const HIDDEN = ["rendition", "mask"]; // videos that are shown when they are asked for

export async function showClip(page, place) {
  const view = element("div", { className: "clip-view" });
  page.append(view); // what is awaited below goes there, though the page may have been left meanwhile
  const ways = waysOf(place);
  const acts = waysKeys(ways);
  const help = keyHelp(KEYS);
  const mine = location.hash;
  const listening = keyboard(acts, () => location.hash === mine); // at once: who leafs through clips waits for none
  const release = () => {
    listening();
    help.end();
  };
  let clip;
  let times;
  try {
    clip = await json(`api/clip/${place.row}`);
    times = clip.error ? null : parseNpy(await bytes(`times/${place.row}`));
  } catch (error) {
    release();
    throw error;
  }
  if (location.hash === mine) document.title = `${clip.name} · faceshards`;
  view.append(title(clip, place, { ...ways, help: help.show }));
  const unheard = verdict(place.row, view.querySelector(".verdict"));
  const side = element("aside", { className: "side" });
  if (clip.error || !clip.videos.length) {
    side.append(...parts(place.row, clip, null));
    view.append(element("p", { className: "error", role: "alert" }, clip.error ?? "the sample has no video"), side);
    return () => [release, unheard].forEach((end) => end());
  }
  const clock = new Clock(times.data);
  const panes = clip.videos.map((video, at) => new Pane(place.row, video, clock, at === 0));
  const player = new Player(panes, clock);
  const tinted = panes.find((pane) => pane.column === "mask.mp4") ?? null;
  const layers = new Layers(place.row, clip.overlays, player, panes[0], tinted);
  const stage = stageOf(panes);
  for (const pane of panes) pane.want(pane.isMaster || !HIDDEN.includes(pane.label));
  const timeline = new Timeline(place.row, clip, player);
  side.append(...parts(place.row, clip, windowPart(place.row, clip, player, (span) => timeline.mark(span))));
  view.append(element("div", { className: "stage" }, stage.box, transport(player, panes, layers), timeline.box), side);
  Object.assign(acts, playerKeys(player, layers));
  const resized = new ResizeObserver(() => layers.draw(player.frame));
  resized.observe(panes[0].frameBox);
  player.seek(0).then(() => (view.parts = { player, layers, panes, clock })); // for whoever looks from a console
  return () => {
    release();
    unheard();
    resized.disconnect();
    stage.end();
    timeline.close();
    player.close();
  };
}

/** The side: what is asked for first, first; `window` null where there is none. */
function parts(row, clip, window) {
  return [failures(clip), window, columns(row, clip), scores(clip), facts(clip)].filter(Boolean);
}

function title(clip, place, ways) {
  const link = (text, act, title) => {
    const made = element("button", { type: "button", title }, text);
    made.addEventListener("click", act);
    return made;
  };
  const [width, height] = clip.size;
  const rate = clip.scalars.find((one) => one.name === "duration")?.value;
  const facts = [`${width} × ${height}`, `${clip.frames} frames`, rate ? `${rate.toFixed(2)} s` : "", clip.shard, `row ${place.row}`];
  return element(
    "header",
    { className: "title" },
    element("h1", { title: clip.name }, clip.name),
    element("span", { className: "verdict" }),
    element("p", {}, facts.filter(Boolean).join(" · ")),
    element("nav", {}, link("?", ways.help, "keys (?)"), link("‹", ways.before, "the clip before (j)"), link("›", ways.behind, "the next clip (l)"), link("✕", ways.back, "back (Esc)")),
  );
}

/** Says why a judgement could not be written down. */
function told(judging) {
  return judging.catch((error) => {
    document.querySelector(".clip-view .verdict").textContent = error.message;
  });
}

/** Says what was judged of the clip, now and when that changes. */
function verdict(row, badge) {
  const show = () => {
    const said = verdictOf(row);
    const own = [said?.verdict === "none" ? "" : said?.verdict, said?.note].filter(Boolean).join(": ");
    const others = own ? said.others.map((one) => `${one.by}: ${[one.verdict === "none" ? "" : one.verdict, one.note].filter(Boolean).join(", ")}`) : []; // who judges first judges alone
    badge.textContent = [own, ...others].filter(Boolean).join(" · ");
    badge.dataset.verdict = said?.verdict ?? "";
  };
  judgementsOf([row]).then(show, () => {});
  return onJudged(show);
}

/** The ways to the clip before and behind in the order of the grid, and back to it. */
function waysOf({ row, asked }) {
  const at = asked.at === undefined || asked.at === "" ? null : Number(asked.at);
  const mine = location.hash; // keys of a page that is being left lead nowhere
  let wanted = at; // of keys that are pressed while a card is asked for, all count
  const go = async (by) => {
    if (at === null || wanted + by < 0) return;
    const place = (wanted += by);
    const [card] = await json("api/cards", { ...order(asked), start: place, count: 1 }).catch(() => []);
    if (!card) wanted = Math.min(wanted, place - by); // behind the last one
    else if (place === wanted && location.hash === mine) location.hash = hash("clip", card.row, { ...order(asked), at: place });
  };
  return { before: () => go(-1), behind: () => go(1), keep: () => told(judge(row, "keep")), drop: () => told(judge(row, "drop")), note: () => noteOn(row), undo: () => told(undo()), back: () => (location.hash = hash("grid", null, { ...order(asked), at, row })) };
}
