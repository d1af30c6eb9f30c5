// What the server is asked for. Every address is relative to the page's own, which holds the token.

/** The JSON at an address; an error of the server as an Error with its one line. */
export async function json(path, asked = {}) {
  const answer = await fetch(address(path, asked));
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}

/** The bytes at an address. */
export async function bytes(path, asked = {}, signal = undefined) {
  const answer = await fetch(address(path, asked), { signal });
  if (!answer.ok) throw new Error((await answer.json()).error);
  return answer.arrayBuffer();
}

/** An address with what is asked for; what is null or undefined is left out. */
export function address(path, asked = {}) {
  const given = Object.entries(asked).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
