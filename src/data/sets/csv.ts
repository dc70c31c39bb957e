// Comma separated values (RFC 4180): fields may be quoted, and then hold commas, line ends and doubled quotes.

export interface CsvRow {
  fields: string[];
  /** Of its first character, from 1. */
  line: number;
}

// A quote inside a field that does not begin with one is a character like any other.
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*)?)(,|\r?\n|$)/y;

/** @returns the rows, or the line at which the text is not CSV */
export function parseCsv(text: string): CsvRow[] | { brokenLine: number } {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let rowLine = 1;
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length || fields.length > 0) {
    const match = FIELD.exec(text);
    if (match === null) return { brokenLine: line };
    const [whole, quoted, plain = '', end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === ',') continue;
    rows.push({ fields, line: rowLine });
    fields = [];
    rowLine = line;
  }
  return rows;
}
