// What keys do on the page of a clip.

/** What `?` tells of them. */
export const KEYS = [
  [", .", "a picture back, a picture on"], ["space", "play, stop"], ["← →", "a second back, a second on; with Shift five"],
  ["Home End", "the first picture, the last one"], ["1 … 9", "draw an overlay, or not"], ["r", "slower, faster"], ["m", "sound off, on"],
  ["j l", "the clip before, the next one"], ["k", "keep the clip"], ["d", "drop the clip"], ["n", "note something on it"],
  ["u", "take back what was said last"], ["Esc", "back to the clips"], ["?", "these keys"],
];

/** The keys of a player and its layers. */
export function playerKeys(player, layers) {
  const second = () => Math.max(1, player.clock.frameAt(player.clock.times[player.frame] + 1) - player.frame);
  const acts = {
    ",": () => player.step(-1),
    ".": () => player.step(1),
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.step(event.shiftKey ? -5 * second() : -second()),
    ArrowRight: (event) => player.step(event.shiftKey ? 5 * second() : second()),
    Home: () => player.seek(0),
    End: () => player.seek(player.clock.count - 1),
    r: () => document.getElementById("rate").click(),
    m: () => (player.master.video.muted = !player.master.video.muted),
  };
  for (let number = 1; number <= 9; number++) acts[number] = () => layers.toggle(number - 1);
  return acts;
}

/** The keys that judge a clip, and lead to others and back. */
export function waysKeys(ways) {
  return { j: ways.before, l: ways.behind, k: ways.keep, d: ways.drop, n: ways.note, u: ways.undo, Escape: ways.back };
}

/** Listens for keys, key -> what it does, while the page is the one that `isShown`; returns what ends that. */
export function keyboard(acts, isShown) {
  const pressed = (event) => {
    if (!isShown()) return;
    const field = event.target.closest?.("input, select, textarea");
    if (field && event.key === "Escape") return field.blur();
    if (document.querySelector("dialog[open]")) return;
    if (field || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === " " && event.target.closest?.("summary, button")) return;
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
