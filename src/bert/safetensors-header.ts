// The header text of a safetensors file before JSON.parse sees it: what parsing would hide (repeated keys) or choke on (depth).

/** `{ name: { shape: [ … ] } }` */
const MAX_DEPTH = 3;

/**
 * Looks for what is refused in a header whatever its tensors are. Time and memory grow with its length alone; a text that
 * is no JSON may pass, which JSON.parse then tells.
 * @returns what is wrong, or undefined
 */
export function checkHeaderText(json: string): string | undefined {
  // The format asks for it, and only a file with nothing but tensors starts so.
  if (json[0] !== '{') return 'its header is not an object';
  /** Keys so far of every open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let key: string | undefined;
  for (let i = 0; i < json.length; i += 1) {
    const char = json[i];
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined);
      if (open.length > MAX_DEPTH) return 'its header is nested too deeply';
      key = undefined;
    } else if (char === '}' || char === ']') {
      open.pop();
      key = undefined;
    } else if (char === '"') {
      const start = i;
      for (i += 1; i < json.length && json[i] !== '"'; i += 1) if (json[i] === '\\') i += 1;
      key = json.slice(start, i + 1);
    } else if (char === ':' && key !== undefined) {
      const keys = open.at(-1);
      const name = unescaped(key);
      if (keys?.has(name)) return `"${name}" is named twice`;
      keys?.add(name);
      key = undefined;
    } else if (char === ',') key = undefined;
  }
  return undefined;
}

function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  // Throws a SyntaxError for an escape that is none, as JSON.parse of the whole would.
  return JSON.parse(literal) as string;
}
