/**
 * Goes over the records of a CSV file below its header, in stretches that may end anywhere: has each as many cells as the
 * header, and of each column, what its cells are written with.
 *
 * Address 0: what each byte is, a byte for each of 256. A cell has what its bytes are, as bits: digits and the like 1, dot
 * 2, exponent 4, other 8. What has to be looked at by itself has more than these.
 */
const OTHER: u32 = 8;
const SEPARATOR: u32 = 16;
const NEWLINE: u32 = 17;
const RETURN: u32 = 18;
const QUOTE: u32 = 19;

let columns: i32 = 0;
/** A byte for each column, and one for those that are too many. */
let seen: usize = 0;
/** Four bytes for each column: cells of nothing but digits, dots and exponents; and one for those that are too many. */
let numberLike: usize = 0;

let cell: u32 = 0;
let column: i32 = 0;
let rows: f64 = 0;
let quoted = false;
let afterQuote = false;

/** @param tables `columns` + 1 bytes, and from the next multiple of four on four times as many; all 0 */
export function begin(columnsOfHeader: i32, tables: usize): void {
  columns = columnsOfHeader;
  seen = tables;
  numberLike = (tables + columns + 4) & ~3;
}

/** Returns false for a record that does not fit the header. */
export function take(from: usize, end: usize): bool {
  let at = from;
  while (at < end) {
    if (quoted) {
      at = takeQuoted(at, end);
      continue;
    }
    // The hot loop: bytes of cells.
    let bits = cell;
    let kind: u32 = 0;
    while (at < end) {
      kind = load<u8>(<usize>load<u8>(at++));
      if (kind >= SEPARATOR) break;
      bits |= kind;
    }
    cell = bits;
    if (kind < SEPARATOR || kind === RETURN) continue;
    if (kind === QUOTE) {
      if (cell === 0 || afterQuote) {
        if (afterQuote) cell |= OTHER;
        quoted = true;
        afterQuote = false;
      } else cell |= OTHER;
    } else if (kind === SEPARATOR) endCell();
    else if (!endRecord()) return false;
  }
  return true;
}

/** Up to the quote that ends the cell, or begins a quote in it. Returns where to go on. */
function takeQuoted(from: usize, end: usize): usize {
  for (let at = from; at < end; at++) {
    const kind: u32 = load<u8>(<usize>load<u8>(at));
    if (kind === QUOTE) {
      quoted = false;
      afterQuote = true;
      return at + 1;
    }
    cell |= kind < SEPARATOR ? kind : OTHER;
  }
  return end;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function endCell(): void {
  const slot = min(column, columns);
  store<u8>(seen + slot, load<u8>(seen + slot) | cell);
  const count = numberLike + (<usize>slot << 2);
  store<u32>(count, load<u32>(count) + <u32>(cell - 1 < OTHER - 1));
  cell = 0;
  column++;
  afterQuote = false;
}

function endRecord(): bool {
  const blank = column === 0 && cell === 0;
  endCell();
  const fits = column === columns;
  column = 0;
  if (blank) return true;
  rows += 1;
  return fits;
}

/** Ends the last record. Returns how many there are; −1 for one that does not fit the header or a quote that is open. */
export function finish(): f64 {
  return !quoted && endRecord() ? rows : -1;
}
