/** DynamoDB's numbers: decimal, 38 significant digits, exact. Text in, text out; BigInt does the arithmetic. */
interface Decimal {
  readonly digits: bigint;
  /** value = digits × 10^exponent */
  readonly exponent: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** `undefined` when the text is no number. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || (whole === '' && fraction === '')) return undefined;
  return {
    digits: BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`),
    exponent: Number(exponent) - fraction.length,
  };
}

/** True for at most 38 significant digits and a magnitude below 10^126. */
export function isStorable(text: string): boolean {
  const value = parseDecimal(text);
  if (value === undefined) return false;
  const significant = value.digits.toString().replace(/^-/, '').replace(/0+$/, '');
  const magnitude = value.digits.toString().replace(/^-/, '').length + value.exponent;
  return significant.length <= 38 && (value.digits === 0n || (magnitude <= 126 && magnitude >= -129));
}

export function decimalCompare(a: string, b: string): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function decimalAdd(a: string, b: string, sign: 1 | -1 = 1): string {
  const [left, right, exponent] = aligned(a, b);
  return format(left + BigInt(sign) * right, exponent);
}

/** The shortest plain form: `1`, `-0.5`, `120`. */
export function normaliseDecimal(text: string): string {
  const value = parseDecimal(text);
  return value === undefined ? text : format(value.digits, value.exponent);
}

function aligned(a: string, b: string): [bigint, bigint, number] {
  const left = parseDecimal(a) ?? { digits: 0n, exponent: 0 };
  const right = parseDecimal(b) ?? { digits: 0n, exponent: 0 };
  const exponent = Math.min(left.exponent, right.exponent);
  return [
    left.digits * 10n ** BigInt(left.exponent - exponent),
    right.digits * 10n ** BigInt(right.exponent - exponent),
    exponent,
  ];
}

function format(digits: bigint, exponent: number): string {
  if (digits === 0n) return '0';
  const negative = digits < 0n;
  let text = (negative ? -digits : digits).toString();
  if (exponent >= 0) text += '0'.repeat(exponent);
  else {
    text = text.padStart(1 - exponent, '0');
    text = `${text.slice(0, exponent)}.${text.slice(exponent)}`.replace(/\.?0+$/, '');
  }
  return negative ? `-${text}` : text;
}
