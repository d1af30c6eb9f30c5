// Elements whose texts are texts: nothing that came from data is ever parsed as HTML.

/** An element with properties and children; a child that is no node becomes text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
