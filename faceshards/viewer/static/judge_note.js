// A note on a clip, written in a small window.
import { element } from "./element.js";
import { judge, judgementsOf, verdictOf } from "./judge.js";

const MOST = 2000;

/** Opens a window for the note on a row, filled with what stands; Ctrl+Enter or the button writes it down, Escape leaves
 * it as it was. Resolves when it is closed, with what stands then, or null where nothing was written. */
export function noteOn(row, name = "") {
  return new Promise((resolve) => {
    const text = element("textarea", { rows: 5, maxLength: MOST, value: verdictOf(row)?.note ?? "", ariaLabel: "Note" });
    const said = element("p", { className: "error", role: "alert" });
    const save = element("button", { type: "submit", title: "Ctrl+Enter" }, "Note it");
    const leave = element("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
    const form = element("form", { method: "dialog" }, element("label", {}, `Note on ${name || "this clip"}`, text), said, element("p", { className: "buttons" }, save, leave, element("kbd", {}, "Ctrl Enter"), " notes it"));
    const dialog = element("dialog", { className: "note" }, form);
    let written = null;
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        written = await judge(row, undefined, text.value);
        dialog.close();
      } catch (error) {
        said.textContent = error.message;
      }
    };
    dialog.onkeydown = (event) => {
      event.stopPropagation(); // no key of the page below
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    };
    dialog.onclose = () => {
      dialog.remove();
      resolve(written);
    };
    document.body.append(dialog);
    dialog.showModal(); // at once: what is typed now is the note's, and no command
    const fill = () => (text.value = [verdictOf(row)?.note, text.value].filter(Boolean).join("\n"));
    if (!verdictOf(row)) judgementsOf([row]).then(fill, (error) => (said.textContent = error.message));
  });
}
