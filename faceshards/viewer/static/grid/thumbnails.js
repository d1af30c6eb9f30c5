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

  /** Hands a canvas over; returns its id. */
  add(canvas) {
    const offscreen = canvas.transferControlToOffscreen();
    this.worker.postMessage({ kind: "canvas", id: ++this.next, canvas: offscreen }, [offscreen]);
    return this.next;
  }

  /** Draws a row on a canvas, `width` x `height` pixels. `codec`: by the index, null where that is not known. */
  show(id, row, codec, width, height) {
    this.worker.postMessage({ kind: "show", id, row, codec, width, height, playing: !this.calm });
  }

  hide(id) {
    this.worker.postMessage({ kind: "hide", id });
  }

  /** Stops a picture, or lets it go on. */
  toggle(id) {
    this.worker.postMessage({ kind: "toggle", id });
  }

  end() {
    this.worker.terminate();
  }
}
