// Below the panes: play, where it is, which panes and which overlays are shown.
import { element } from "../element.js";

const RATES = [1, 0.5, 0.25, 2];

/** The bar under the pictures. `panes` may be shown and hidden, `layers` switched. */
export function transport(player, panes, layers) {
  const play = button("▶", "play (space)", () => player.toggle());
  play.className = "play";
  const rate = button("1×", "speed (r)", () => {
    player.rate = RATES[(RATES.indexOf(player.rate) + 1) % RATES.length];
    rate.textContent = `${player.rate}×`;
    for (const pane of player.shownPanes) pane.video.playbackRate = player.rate;
  });
  rate.id = "rate";
  const time = element("span", { className: "time" });
  const tell = (frame) => {
    play.textContent = player.isPlaying ? "❚❚" : "▶";
    time.replaceChildren(element("b", {}, `${frame}`), ` / ${player.clock.count - 1}`, element("small", {}, `${player.clock.times[frame].toFixed(3)} s`));
  };
  tell(0); // before the first picture is there
  player.on(tell);
  const chips = element("div", { className: "chips", role: "group", ariaLabel: "overlays" });
  layers.changed = () => fillLayers(chips, layers);
  layers.changed();
  const shown = element("div", { className: "chips", role: "group", ariaLabel: "videos" });
  if (panes.length > 1) shown.append(...panes.slice(1).map((pane) => paneChip(pane, player, layers)));
  return element("div", { className: "transport" }, play, rate, time, shown, chips);
}

function fillLayers(chips, layers) {
  chips.replaceChildren(...layers.all.map((layer, number) => {
    const chip = button("", layer.error ?? `${layer.column}${layer.part && ` ${layer.part}`}`, () => layers.toggle(number));
    chip.className = layer.error ? "chip lost" : "chip";
    chip.ariaPressed = `${layer.isOn}`;
    const dot = element("i");
    dot.style.background = layer.colour;
    chip.append(dot, layer.label, number < 9 ? element("kbd", {}, `${number + 1}`) : "");
    return chip;
  }));
}

function paneChip(pane, player, layers) {
  const chip = button(pane.label, pane.column, async () => {
    pane.want(!pane.isWanted);
    chip.ariaPressed = `${pane.isWanted}`;
    if (pane.isWanted && !player.isPlaying) await pane.show(player.frame);
    layers.draw(player.frame);
  });
  chip.className = "chip video";
  chip.ariaPressed = `${pane.isWanted}`;
  return chip;
}

function button(text, title, act) {
  const made = element("button", { type: "button", title }, text);
  made.addEventListener("click", act);
  return made;
}
