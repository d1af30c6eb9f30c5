// The page of one clip.
import { json } from "./api.js";
import { element } from "./element.js";

export async function showClip(page, { row }) {
  const clip = await json(`api/clip/${row}`);
  const video = element("video", { controls: true, src: `media/${row}/${clip.clip}` });
  page.append(element("h1", {}, clip.name), video, element("pre", {}, JSON.stringify(clip.facts, null, 1)));
}
