// The window that a loader would deliver of a clip, and the Python that loads it.
import { address, json } from "../api.js";
import { element } from "../element.js";
import { part } from "./facts.js";

const FIELDS = [
  ["frames", "16", "pictures of a window"], ["stride", "", "every n-th picture"], ["fps", "", "pictures a second"],
  ["width", "", "px"], ["height", "", "px"], ["sound", "", "Hz"], ["seed", "0", "the data set's seed"], ["epoch", "0", "the loader's epoch"],
];
const CHOICES = [["start", ["random", "first", "middle"]], ["fit", ["squash", "crop", "letterbox"]]];

/** The form; `marked(span)` is called with the span of the clip that the window takes, or null. */
export function windowPart(row, clip, player, marked) {
  const fields = element("form", { className: "fields" });
  for (const [name, value, title] of FIELDS) {
    fields.append(element("label", { title }, name, element("input", { name, value, inputMode: "numeric", autocomplete: "off" })));
  }
  const boxes = clip.columns.filter((one) => one.filled && ["faces.msg", "face_box.npy"].includes(one.name));
  const choices = [...CHOICES, ["crop", ["", ...boxes.map((one) => one.name)]]];
  for (const [name, options] of choices) {
    const made = options.map((value) => element("option", { value }, value || "none"));
    fields.append(element("label", {}, name, element("select", { name }, ...made)));
  }
  const said = element("p", { className: "said", role: "status" });
  const stills = element("div", { className: "stills" });
  const code = element("pre", { className: "python", tabIndex: 0 });
  const copy = element("button", { type: "button", className: "copy" }, "copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    copy.textContent = "copied";
    setTimeout(() => (copy.textContent = "copy"), 1500);
  });
  const box = part("Window", null, false, element("p", { className: "why" }, "What a loader delivers of this clip."), fields, said, stills, element("div", { className: "snippet" }, copy, code));
  let turn = 0;
  const update = async () => {
    const mine = ++turn;
    const asked = box.open ? Object.fromEntries(new FormData(fields)) : {};
    const python = await json(`api/snippet/${row}`, asked).catch((error) => ({ python: `# ${error.message}` }));
    if (mine !== turn) return;
    code.textContent = python.python;
    if (!box.open) return marked(null);
    try {
      const drawn = await json(`api/window/${row}`, asked);
      if (mine !== turn) return;
      tell(drawn, said);
      marked(drawn);
      show(row, asked, drawn, stills, player);
    } catch (error) {
      if (mine !== turn) return;
      said.replaceChildren(element("span", { className: "error" }, error.message));
      stills.replaceChildren();
      marked(null);
    }
  };
  fields.addEventListener("input", update);
  fields.addEventListener("submit", (event) => event.preventDefault());
  box.addEventListener("toggle", update);
  update();
  return box;
}

function tell({ frames, start, seconds, samples }, said) {
  const [first, last] = [frames[0], frames[frames.length - 1]];
  const heard = samples === null ? "" : `, ${samples.toLocaleString("en")} samples`;
  said.textContent = `${frames.length} pictures, ${first} to ${last}; from ${start.toFixed(3)} s for ${seconds.toFixed(3)} s${heard}`;
}

function show(row, asked, { frames, stills }, box, player) {
  const picture = element("img", { src: address(`stills/${row}`, asked), alt: "pictures of the window as the loader delivers them" });
  const numbers = stills.map((at) => {
    const button = element("button", { type: "button", title: `picture ${at} of the window` }, `${frames[at]}`);
    button.addEventListener("click", () => player.seek(frames[at]));
    return button;
  });
  box.replaceChildren(picture, element("div", { className: "numbers" }, ...numbers));
}
