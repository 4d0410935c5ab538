/** Reads a CSV file once, as bytes, before anything is made of it: encoding, quotes, header, number of columns. */
import { createReadStream } from 'node:fs';
import { InvalidDataset } from './invalid-dataset';
import { sameName } from './same-name';

export interface CsvShape {
  readonly header: readonly string[];
  readonly rows: number;
}

/** Sees every row below the header. */
export type RowObserver = (header: readonly string[], cells: readonly string[], line: number) => void;

/** @throws InvalidDataset that names the line */
export async function checkCsv(
  path: string,
  source: string,
  delimiter: string,
  observe?: RowObserver,
): Promise<CsvShape> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // Holds the same unfinished character between chunks, to tell where a fault is.
  const lenient = new TextDecoder('utf-8');
  let header: string[] | undefined;
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let afterQuote = false;
  let line = 1;
  let recordLine = 1;
  let rows = 0;
  let first = true;
  const endRecord = () => {
    cells.push(cell);
    const blank = cells.length === 1 && cell === '';
    if (header === undefined) header = checkHeader(blank ? [] : cells.map((name) => name.trim()), source);
    else if (!blank) {
      if (cells.length !== header.length)
        throw new InvalidDataset(
          `${source}, line ${recordLine}: ${cells.length} columns, but the header has ${header.length}. Quote cells that hold '${delimiter}', or mend the line.`,
        );
      observe?.(header, cells, recordLine);
      rows++;
    }
    cells = [];
    cell = '';
    afterQuote = false;
  };
  const take = (text: string) => {
    for (const character of text) {
      if (quoted) {
        if (character === '"') {
          quoted = false;
          afterQuote = true;
        } else {
          cell += character;
          if (character === '\n') line++;
        }
      } else if (character === '"' && (cell === '' || afterQuote)) {
        if (afterQuote) cell += '"';
        quoted = true;
        afterQuote = false;
      } else if (character === delimiter) {
        cells.push(cell);
        cell = '';
        afterQuote = false;
      } else if (character === '\n') {
        endRecord();
        line++;
        recordLine = line;
      } else if (character !== '\r') cell += character;
    }
  };
  for await (const chunk of createReadStream(path)) {
    const bytes = chunk as Buffer;
    if (first) {
      first = false;
      if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
        throw new InvalidDataset(`${source} is UTF-16. Save it as UTF-8.`);
    }
    try {
      take(decoder.decode(bytes, { stream: true }));
      lenient.decode(bytes, { stream: true });
    } catch (error) {
      if (error instanceof InvalidDataset) throw error;
      // Up to the byte at fault everything is text; what follows is replaced and of no interest.
      take(lenient.decode(bytes, { stream: true }).split('\uFFFD')[0] ?? '');
      const column = header?.[cells.length];
      throw new InvalidDataset(
        `${source}, line ${line}, column ${column === undefined ? cells.length + 1 : `'${column}'`}: a byte that is not UTF-8. Save the file as UTF-8, e.g. iconv -f latin1 -t utf-8.`,
        { cause: error },
      );
    }
  }
  if (first) throw new InvalidDataset(`${source} is empty. Upload a CSV file with a header row.`);
  if (quoted)
    throw new InvalidDataset(`${source}: the quote that opens in line ${recordLine} is never closed.`);
  if (cell !== '' || cells.length > 0) endRecord();
  if (header === undefined || rows === 0)
    throw new InvalidDataset(
      `${source} has a header, but no rows: nothing follows line 1. Upload the whole file.`,
    );
  return { header, rows };
}

function checkHeader(names: string[], source: string): string[] {
  if (names.length === 0) throw new InvalidDataset(`${source}, line 1: the header row is missing.`);
  if (names.some((name) => name === ''))
    throw new InvalidDataset(`${source}, line 1: column ${names.indexOf('') + 1} has no name.`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new InvalidDataset(
      `${source}, line 1: the column '${twice}' is there twice. ${/^[A-Z]?\d/.test(twice) ? 'Is the header row missing?' : 'Rename one of them.'}`,
    );
  const alike = sameName(names);
  if (alike !== undefined)
    throw new InvalidDataset(
      `${source}, line 1: the columns '${alike[0]}' and '${alike[1]}' differ in case only. Rename one of them.`,
    );
  if (names.some((name) => /^-?\d+(\.\d+)?$/.test(name)))
    throw new InvalidDataset(
      `${source}, line 1: '${names.find((name) => /^-?\d/.test(name)) ?? ''}' is a number, not the name of a column. The header row is missing; add one.`,
    );
  return names;
}
