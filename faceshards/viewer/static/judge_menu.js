// The menu of who judges: in which order clips come, what is judged already, and where it goes.
import { element } from "./element.js";
import { judgementsOf, onJudged, saveJudgements } from "./judge.js";
import { hash, order } from "./place.js";

/** A button that opens the menu. `scope()` tells what the grid is asked for, `dataset` is what api/dataset says. Returns
 * the element, whose `end` takes its listeners away. */
export function judgeMenu(scope, dataset) {
  const summary = element("summary", { title: "Orders for judging, what is judged, and saving it" }, "Judge");
  const counts = element("p", { className: "counts", role: "status" });
  const said = element("p", { className: "said", role: "status" });
  const box = element("div", { className: "box" });
  const fill = () => {
    const asked = scope();
    box.replaceChildren(counts, orders(asked, dataset, () => (menu.open = false)), judgedAlready(asked), keeping(said), said, keys());
  };
  const menu = element("details", { className: "judge-menu" }, summary, box);
  menu.ontoggle = () => menu.open && fill();
  const tell = async () => {
    try {
      const told = await judgementsOf();
      counts.replaceChildren(...words(told));
      summary.textContent = told.unsaved ? `Judge · ${told.unsaved}` : "Judge";
      summary.ariaLabel = told.unsaved ? `Judge; ${told.unsaved} not yet in the shards` : "Judge";
      menu.classList.toggle("read-only", told.read_only);
    } catch (error) {
      said.textContent = error.message;
    }
  };
  const away = (event) => {
    if (menu.open && (event.key === "Escape" || (event.type === "pointerdown" && !menu.contains(event.target)))) {
      menu.open = false;
      if (event.key === "Escape") summary.focus();
    }
  };
  addEventListener("pointerdown", away);
  addEventListener("keydown", away);
  const deaf = onJudged(tell);
  menu.end = () => {
    removeEventListener("pointerdown", away);
    removeEventListener("keydown", away);
    deaf();
  };
  tell();
  return menu;
}

function words(told) {
  const torn = told.torn ? ` ${told.torn} lines of the journal are torn.` : "";
  const unsaved = told.unsaved ? ` ${told.unsaved} not yet in the shards.` : "";
  const own = element("b", {}, told.by);
  return [own, `: ${told.keep} kept, ${told.drop} dropped, ${told.notes} noted, of ${told.rows}.${unsaved}${torn}`];
}

function orders(asked, { scalars = [], recipes = [] }, chosen) {
  const numbers = scalars.filter((one) => one.kind === "number").map((one) => one.name);
  const kept = { where: asked.where };
  const measured = scalars.find((one) => one.kind === "number" && one.maker && !["pack", "import", "persons"].includes(one.maker))?.name;
  const scalar = select("Score", numbers, [asked.sort, ...numbers.filter((name) => (asked.where ?? "").includes(name)), measured].find((name) => numbers.includes(name)));
  const near = element("input", { type: "number", step: "any", required: true, placeholder: "threshold", ariaLabel: "Threshold", value: asked.near ?? "" });
  const recipe = select("Recipe", recipes.map((one) => one.name));
  const dropped = () => `(${recipes.find((one) => one.name === recipe.value).where}) IS NOT TRUE`;
  return element(
    "fieldset",
    {},
    element("legend", {}, "Which come first"),
    row("By chance", chosen, () => ({ ...kept, seed: Math.floor(Math.random() * 1e6) })),
    numbers.length ? row("Nearest to", chosen, () => ({ ...kept, sort: scalar.value, near: near.value }), scalar, near) : null,
    recipes.length ? row("Dropped by", chosen, () => ({ where: dropped(), seed: 0 }), recipe) : null,
  );
}

function judgedAlready(asked) {
  const choices = [["Not judged", "judgement IS NULL"], ["Kept", "judgement = 'keep'"], ["Dropped", "judgement = 'drop'"], ["Noted", "judgement_note IS NOT NULL"]];
  const links = choices.map(([text, where]) => element("a", { href: hash("grid", null, { ...order(asked), where }) }, text));
  return element("fieldset", {}, element("legend", {}, "What is judged"), element("p", { className: "links" }, ...links));
}

function keeping(said) {
  const save = element("button", { type: "button", className: "save" }, "Save into the shards");
  save.onclick = async () => {
    save.disabled = true;
    said.textContent = "writing…";
    try {
      const { clips, written, refused } = await saveJudgements();
      const not = Object.values(refused);
      said.textContent = [`${clips} clips are judged; ${written} shards written.`, ...not].join(" ");
    } catch (error) {
      said.textContent = error.message;
    }
    save.disabled = false;
  };
  const table = element("a", { href: "judgements.csv", download: "judgements.csv" }, "Export CSV");
  return element("p", { className: "links" }, save, table);
}

function keys() {
  const told = [["k", "keep"], ["d", "drop"], ["n", "note"], ["u", "undo"]];
  return element("p", { className: "keys" }, ...told.flatMap(([key, what]) => [element("kbd", {}, key), ` ${what} `]));
}

function row(text, chosen, place, ...fields) {
  const go = element("button", { type: "submit" }, text);
  const form = element("form", {}, go, ...fields);
  form.onsubmit = (event) => {
    event.preventDefault();
    location.hash = hash("grid", null, place());
    chosen();
  };
  return form;
}

function select(label, names, chosen) {
  const made = element("select", { ariaLabel: label }, ...names.map((name) => element("option", { value: name }, name)));
  if (chosen) made.value = chosen;
  return made;
}
