/**
 * Parts of an item out of the JSON that it is stored as, without making the rest of it: a search looks at a few attributes of
 * many items, and making objects of all of them is most of what it takes.
 *
 * It reads what `JSON.stringify` writes of an item, in which attributes have one type, names are unique, and nothing is between
 * the signs; `undefined` for anything else, which is then read as a whole.
 */
import type { AttributeValue, Item } from './attribute-value';
import type { DocumentPath } from './expression-parser';

/** What is wanted below a name: all of it, or some names. */
type Wanted = 'all' | readonly { readonly name: string; readonly written: string; readonly below: Wanted }[];

export interface ItemParts {
  /** The item without what was not asked for. */
  readonly item: Item;
  /** Of the whole item, as `itemSize` counts. */
  readonly size: number;
}

/** @param paths places in items; what stands in a list is had with the whole list */
export function partReader(paths: readonly DocumentPath[]): (stored: Buffer) => ItemParts | undefined {
  const wanted = wantedOf(paths.map((path) => namesOf(path)));
  // No name like others for objects that are made here.
  if (paths.some((path) => path.includes('__proto__'))) return () => undefined;
  return (stored) => {
    const scan = new Scan(stored);
    try {
      const item = scan.attributes(wanted === 'all' ? [] : wanted);
      return scan.done() ? { item, size: scan.size } : undefined;
    } catch (error) {
      if (error instanceof NotPlain) return undefined;
      throw error;
    }
  };
}

function namesOf(path: DocumentPath): string[] {
  const end = path.findIndex((segment) => typeof segment === 'number');
  return (end < 0 ? path : path.slice(0, end)).map(String);
}

function wantedOf(paths: readonly (readonly string[])[]): Wanted {
  if (paths.some((path) => path.length === 0)) return 'all';
  return [...new Set(paths.map(([first = '']) => first))].map((name) => ({
    name,
    // As it stands between its quotes, a character for each byte.
    written: Buffer.from(JSON.stringify(name).slice(1, -1)).toString('latin1'),
    below: wantedOf(paths.filter(([first]) => first === name).map((path) => path.slice(1))),
  }));
}

class NotPlain extends Error {}

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [B, L, M, N, O, S, U, U_SMALL] = [0x42, 0x4c, 0x4d, 0x4e, 0x4f, 0x53, 0x55, 0x75];

class Scan {
  /** Bytes of the item so far. */
  size = 0;
  /** A character for each byte: parts of it cost less than parts of a buffer. */
  private readonly json: string;
  private readonly escapes: boolean;
  private at = 0;
  /** Bytes of the last text, without what escapes add, and whether it stands there as it is. */
  private length = 0;
  private plain = true;

  constructor(stored: Buffer) {
    this.json = stored.toString('latin1');
    this.escapes = stored.includes(BACKSLASH);
  }

  done(): boolean {
    return this.at === this.json.length;
  }

  /** `{"name":value,…}`, those that are wanted. */
  attributes(wanted: Exclude<Wanted, 'all'>): Record<string, AttributeValue> {
    const found: Record<string, AttributeValue> = {};
    this.take(OPEN);
    if (this.json.charCodeAt(this.at) === CLOSE) {
      this.at++;
      return found;
    }
    for (;;) {
      const begin = this.at + 1;
      this.text();
      this.size += this.length;
      const one = wanted.length === 0 ? undefined : this.named(wanted, begin, this.at - 1);
      this.take(COLON);
      if (one === undefined) this.value();
      else {
        const value = one.below === 'all' ? this.whole() : this.within(one.below);
        if (value !== undefined) found[one.name] = value;
      }
      if (this.json.charCodeAt(this.at) !== COMMA) break;
      this.at++;
    }
    this.take(CLOSE);
    return found;
  }

  private named<T extends { readonly written: string }>(
    wanted: readonly T[],
    from: number,
    to: number,
  ): T | undefined {
    for (const one of wanted) {
      const { written } = one;
      if (written.length !== to - from) continue;
      let same = 0;
      while (same < written.length && written.charCodeAt(same) === this.json.charCodeAt(from + same)) same++;
      if (same === written.length) return one;
    }
    return undefined;
  }

  private whole(): AttributeValue {
    const begin = this.at;
    const type = this.json.charCodeAt(begin + 2);
    this.value();
    // {"S":"…"} of plain text is what most of them are.
    if (this.plain && this.json.charCodeAt(begin + 3) === QUOTE && (type === S || type === N)) {
      const text = this.json.slice(begin + 6, this.at - 2);
      if (ASCII.test(text)) return type === S ? { S: text } : { N: text };
    }
    return JSON.parse(
      Buffer.from(this.json.slice(begin, this.at), 'latin1').toString('utf8'),
    ) as AttributeValue;
  }

  /** Some names of a map; anything else has none. */
  private within(wanted: Exclude<Wanted, 'all'>): AttributeValue | undefined {
    if (this.json.charCodeAt(this.at + 2) !== M) {
      this.value();
      return undefined;
    }
    this.at += 5;
    this.size += 3;
    const found = this.attributes(wanted);
    this.take(CLOSE);
    return { M: found };
  }

  /** Over `{"<type>":…}`. */
  private value(): void {
    const { json } = this;
    this.take(OPEN);
    this.take(QUOTE);
    const type = json.charCodeAt(this.at);
    const second = json.charCodeAt(this.at + 1);
    if (second === QUOTE) {
      this.at += 2;
      this.take(COLON);
      if (type === S) {
        this.text();
        this.size += this.length;
      } else if (type === N) {
        this.text();
        this.size += Math.ceil(this.length / 2) + 1;
      } else if (type === M) {
        this.size += 3;
        this.attributes([]);
      } else if (type === L) this.list();
      else if (type === B) {
        this.text();
        const padding = json[this.at - 2] !== '=' ? 0 : json[this.at - 3] !== '=' ? 1 : 2;
        this.size += Math.floor(((this.length - padding) * 3) / 4);
      } else throw new NotPlain();
    } else if (second === S) {
      // SS, NS, BS
      this.at += 3;
      this.take(COLON);
      this.set();
    } else if ((type === B && second === O) || (type === N && second === U)) {
      // {"BOOL":true}, {"NULL":true}
      while (json.charCodeAt(this.at) !== CLOSE && this.at < json.length) this.at++;
      this.size += 1;
      this.plain = false;
    } else throw new NotPlain();
    this.take(CLOSE);
  }

  private list(): void {
    this.size += 3;
    this.take(OPEN_LIST);
    if (this.json.charCodeAt(this.at) !== CLOSE_LIST)
      for (;;) {
        this.size += 1;
        this.value();
        if (this.json.charCodeAt(this.at) !== COMMA) break;
        this.at++;
      }
    this.take(CLOSE_LIST);
  }

  private set(): void {
    this.take(OPEN_LIST);
    if (this.json.charCodeAt(this.at) !== CLOSE_LIST)
      for (;;) {
        this.text();
        this.size += this.length;
        if (this.json.charCodeAt(this.at) !== COMMA) break;
        this.at++;
      }
    this.take(CLOSE_LIST);
  }

  /** Over `"…"`. */
  private text(): void {
    const { json } = this;
    this.take(QUOTE);
    this.plain = true;
    if (!this.escapes) {
      const end = json.indexOf('"', this.at);
      if (end < 0) throw new NotPlain();
      this.length = end - this.at;
      this.at = end + 1;
      return;
    }
    let at = this.at;
    let added = 0;
    for (let code = json.charCodeAt(at); code !== QUOTE; code = json.charCodeAt(at)) {
      if (at >= json.length) throw new NotPlain();
      if (code !== BACKSLASH) at++;
      else {
        this.plain = false;
        // \n is one sign; a \u is one that is not to be seen, or half a pair, which counts as the sign for none: 3 bytes.
        const long = json.charCodeAt(at + 1) === U_SMALL;
        const half = long && json[at + 2] === 'd';
        at += long ? 6 : 2;
        added += (long ? 5 : 1) - (half ? 2 : 0);
      }
    }
    this.length = at - this.at - added;
    this.at = at + 1;
  }

  private take(code: number): void {
    if (this.json.charCodeAt(this.at) !== code) throw new NotPlain();
    this.at++;
  }
}
