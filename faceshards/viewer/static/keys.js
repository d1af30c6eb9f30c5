// Keys: where they are listened to, and the list of them that `?` shows.
import { element } from "./element.js";

/** Whether an event's key is typed into a field, and no command. */
export function isTyped(event) {
  const at = event.target;
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || at.isContentEditable
    || (at instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(at.type));
}

/** Listens for `?`, which shows what keys do: `keys` are [key, what it does]. Returns what ends that. */
export function keyHelp(keys) {
  const lines = keys.flatMap(([key, says]) => [element("dt", {}, ...key.split(" ").map((one) => element("kbd", {}, one))), element("dd", {}, says)]);
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = element("dialog", { className: "keys" }, element("h2", {}, "Keys"), element("dl", {}, ...lines), close);
  document.body.append(dialog);
  const pressed = (event) => {
    if (event.key !== "?" || isTyped(event) || dialog.open) return;
    event.preventDefault();
    dialog.showModal();
  };
  addEventListener("keydown", pressed);
  const end = () => {
    removeEventListener("keydown", pressed);
    dialog.remove();
  };
  return { end, show: () => dialog.showModal() };
}
