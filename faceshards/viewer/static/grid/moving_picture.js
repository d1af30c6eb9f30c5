// The first group of pictures of a clip, decoded by the browser (WebCodecs), as small bitmaps with their times.

/** Bitmaps of one picture that moves: more are passed over. */
const MOST = 24;

/** Decodes the bytes of `thumbnail/ROW` (pages/packet_group.py) to bitmaps no larger than `width` x `height`: `bitmaps`,
 * `times` in ms from the first on, `length` in ms. `begun(bitmap)` is called with the first of them, long before all are
 * there. Throws where the browser does not decode it. */
export async function decodeGroup(body, width, height, begun) {
  const size = new DataView(body).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, size)));
  const shown = head.packets.filter((packet) => packet[3] >= 0);
  const step = Math.ceil(shown.length / MOST);
  const numbers = shown.map((packet) => packet[3]).sort((a, b) => a - b);
  const kept = new Map(numbers.filter((_, at) => at % step === 0).map((number, at) => [number, at]));
  const bitmaps = [];
  const times = [];
  const small = new Shrinker(width, height, head.rotation);
  let broken = null;
  const decoder = new VideoDecoder({
    output(frame) {
      const [, , time, number] = head.packets[frame.timestamp]; // a packet's place is its time stamp: see below
      if (kept.has(number)) {
        bitmaps[kept.get(number)] = small.bitmap(frame);
        if (kept.get(number) === 0) begun(bitmaps[0]);
        times[kept.get(number)] = time / 1000;
      }
      frame.close();
    },
    error(error) {
      broken = error;
    },
  });
  try {
    decoder.configure({ codec: head.codec, description: head.description ? bytesOf(head.description) : undefined, optimizeForLatency: false });
    let at = 4 + size;
    head.packets.forEach(([bytes, key], place) => {
      const data = new Uint8Array(body, at, bytes);
      decoder.decode(new EncodedVideoChunk({ type: key ? "key" : "delta", timestamp: place, data }));
      at += bytes;
    });
    await decoder.flush();
  } finally {
    if (decoder.state !== "closed") decoder.close();
  }
  if (broken) throw broken;
  const there = bitmaps.map((_, place) => place).filter((place) => bitmaps[place]);
  if (!there.length) throw new Error("no picture of it decodes");
  const found = { bitmaps: there.map((place) => bitmaps[place]), times: there.map((place) => times[place] - times[there[0]]) };
  const gap = found.times.length > 1 ? found.times.at(-1) / (found.times.length - 1) : 1000;
  return { ...found, length: found.times.at(-1) + gap };
}

/** How large a picture is that fits into a box: never larger than itself. */
export function fitted(own, box) {
  const share = Math.min(1, box[0] / own[0], box[1] / own[1]);
  return [Math.max(1, Math.round(own[0] * share)), Math.max(1, Math.round(own[1] * share))];
}

/** Draws frames small and upright. */
class Shrinker {
  constructor(width, height, rotation) {
    Object.assign(this, { box: [width, height], turns: ((rotation / 90) % 4 + 4) % 4 });
  }

  bitmap(frame) {
    const lying = this.turns % 2 === 1;
    const own = [frame.displayWidth, frame.displayHeight];
    const [width, height] = fitted(lying ? [own[1], own[0]] : own, this.box);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { alpha: false });
    context.translate(width / 2, height / 2);
    context.rotate((this.turns * Math.PI) / 2);
    const [across, along] = lying ? [height, width] : [width, height];
    context.drawImage(frame, -across / 2, -along / 2, across, along);
    return canvas.transferToImageBitmap();
  }
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
