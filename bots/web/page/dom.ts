// Elements out of data. Text only ever becomes text nodes: nothing that a person wrote can become markup.

type Child = Node | string | null | false;
export type Attributes = Record<string, string | boolean | ((event: Event) => void) | undefined>;

/** `on…` attributes are listeners; `true` is an empty attribute, `false` and undefined are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (typeof value === 'string') element.setAttribute(name, value);
    else if (value) element.setAttribute(name, '');
  }
  for (const child of children) if (child !== null && child !== false) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(
  tag: string,
  attributes: Record<string, string> = {},
  ...children: SVGElement[]
): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Replaces what `parent` holds; the focus stays on the element with the same `data-key`, opened details stay open. */
export function refill(parent: HTMLElement, ...children: Child[]): void {
  const focused = parent.contains(document.activeElement)
    ? (document.activeElement as HTMLElement).dataset.key
    : undefined;
  const open = new Set(
    [...parent.querySelectorAll<HTMLElement>('details[open]')].map((element) => element.dataset.key),
  );
  parent.replaceChildren(...children.filter((child) => child !== null && child !== false));
  for (const element of parent.querySelectorAll('details')) {
    if (open.has(element.dataset.key)) element.open = true;
  }
  if (focused === undefined) return;
  for (const element of parent.querySelectorAll<HTMLElement>('[data-key]')) {
    if (element.dataset.key === focused) element.focus({ preventScroll: true });
  }
}
