// A packed group of pictures, as the server's packet_group.py lays it out.

/** {head, chunks}: what the decoder is told, and of each packet {shown, key, data}. */
export function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  let at = 4 + size;
  const chunks = head.packets.map(([bytes, key, , shown]) => {
    const data = new Uint8Array(buffer, at, bytes);
    at += bytes;
    return { shown, key, data };
  });
  if (at !== buffer.byteLength) throw new Error("the packets are cut off");
  return { head, chunks };
}

/** What VideoDecoder.configure is given. */
export function configOf({ codec, description, width, height }) {
  const config = { codec, codedWidth: width, codedHeight: height, optimizeForLatency: true };
  if (description && codec.startsWith("avc1")) {
    config.description = Uint8Array.from(atob(description), (one) => one.charCodeAt(0));
  }
  return config;
}
