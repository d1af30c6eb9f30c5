// The moving pictures of cards. A worker fetches, decodes and draws them: the page itself only says which.

/** `told(id, row, { still, failed })` is called when a card's picture is there: `still` where it does not move, `failed`
 * the line that says why there is none. */
export class Thumbnails {
  constructor(told) {
    this.worker = new Worker(new URL("./thumbnail_worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => told(data.id, data.row, data);
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.next = 0;
  }

  /** Hands the canvas of a line over, on which `cards` stand side by side; returns their ids, the line's own first. */
  add(canvas, cards) {
    const offscreen = canvas.transferControlToOffscreen();
    const ids = Array.from({ length: cards + 1 }, () => ++this.next);
    this.worker.postMessage({ kind: "line", ids, canvas: offscreen }, [offscreen]);
    return ids;
  }

  /** Sets how large a line is, in pixels: cards of `width` x `height` with gaps between. It is empty then. */
  size(id, width, height, gap) {
    this.worker.postMessage({ kind: "size", id, width, height, gap });
  }

  /** Draws a row on a card. `codec`: by the index, null where that is not known. */
  show(id, row, codec) {
    this.worker.postMessage({ kind: "show", id, row, codec, playing: !this.calm });
  }

  hide(id) {
    this.worker.postMessage({ kind: "hide", id });
  }

  /** Stops a picture, or lets it go on. */
  toggle(id) {
    this.worker.postMessage({ kind: "toggle", id });
  }

  /** Lets canvases go that were handed over. */
  forget(ids) {
    this.worker.postMessage({ kind: "forget", ids });
  }

  end() {
    this.worker.terminate();
  }
}
