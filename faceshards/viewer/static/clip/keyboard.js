// What keys do on the page of a clip.

/** Key -> what it does, for a player, its layers, and the ways to other clips. */
export function keyboard(player, layers, ways) {
  const second = () => Math.max(1, player.clock.frameAt(player.clock.times[player.frame] + 1) - player.frame);
  const acts = {
    ",": () => player.step(-1),
    ".": () => player.step(1),
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.step(event.shiftKey ? -5 * second() : -second()),
    ArrowRight: (event) => player.step(event.shiftKey ? 5 * second() : second()),
    Home: () => player.seek(0),
    End: () => player.seek(player.clock.count - 1),
    j: ways.before,
    l: ways.behind,
    r: () => document.getElementById("rate")?.click(),
    m: () => (player.heard.muted = !player.heard.muted),
    Escape: ways.back,
  };
  for (let number = 1; number <= 9; number++) acts[number] = () => layers.toggle(number - 1);
  const pressed = (event) => {
    const field = event.target.closest?.("input, select, textarea");
    if (field && event.key === "Escape") return field.blur();
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
