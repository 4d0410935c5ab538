/** Values as people read them. */

/** `1.3 s`, `2 min 5 s`, `3 h 2 min`, `4 d 1 h`. */
export function duration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return two(Math.floor(whole / 3600), 'h', Math.round((whole % 3600) / 60), 'min');
  return two(Math.floor(whole / 86_400), 'd', Math.round((whole % 86_400) / 3600), 'h');
}

function two(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}

/** `in 3 h`, `5 min ago`. */
export function relative(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  const length = Math.abs(ms);
  if (length < 5000) return 'now';
  const text = length < 60_000 ? `${Math.round(length / 1000)} s` : short(length);
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

function short(ms: number): string {
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const SHORT = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** In the time of whoever looks. */
export function dayTime(iso: string): string {
  return DAY_TIME.format(new Date(iso));
}

export function shortTime(iso: string): string {
  return SHORT.format(new Date(iso));
}

export function clock(iso: string): string {
  return CLOCK.format(new Date(iso));
}

/** What every hover over a time says besides: the same in UTC. */
export function utc(iso: string): string {
  return `${iso} UTC`;
}

/** The whole time here, and in UTC. */
export function hereAndUtc(iso: string): string {
  return `${dayTime(iso)} here\n${utc(iso)}`;
}

/** Four significant digits; integers whole. */
export function number(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value)) return value.toLocaleString('en-US').replaceAll(',', '\u202f');
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** `1 run`, `1 024 runs`. */
export function counted(count: number, name: string): string {
  return `${number(count)} ${name}${count === 1 ? '' : 's'}`;
}

export function bytes(count: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `upstream_failed` → `upstream failed` */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** `credit-risk--manual--20261121T111219Z-0108e620` → `manual · 0108e620`; other ids as they are. */
export function shortRunId(runId: string): string {
  const [, trigger, rest] = /^.+--([a-z-]+)--(.+)$/.exec(runId) ?? [];
  if (trigger === undefined || rest === undefined) return runId;
  return `${trigger} ${rest.split('-').at(-1) ?? rest}`;
}

/** US dollars: cents from a dollar on, two significant digits of less. */
export function money(dollars: number | null): string {
  if (dollars === null) return '–';
  if (dollars === 0) return '$0';
  if (dollars >= 1) return `$${dollars.toFixed(2)}`;
  const digits = Math.min(9, 1 - Math.floor(Math.log10(dollars)));
  return `$${dollars.toFixed(digits)}`;
}
