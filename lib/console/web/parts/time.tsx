/** Instants in the time of whoever looks, with UTC on hover; lengths that grow while something runs. */
import { useEffect, useState } from 'preact/hooks';
import { clock, dayTime, duration, hereAndUtc, relative, shortTime } from '../format';

/** The current time, again every `ms`. */
export function useNow(ms = 1000, active = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), ms);
    return () => window.clearInterval(timer);
  }, [ms, active]);
  return now;
}

const STYLES = { short: shortTime, long: dayTime, clock, relative } as const;

export function Time({ at, style = 'short' }: { readonly at: string; readonly style?: keyof typeof STYLES }) {
  const now = useNow(15_000, style === 'relative');
  const text = STYLES[style](at, now);
  return (
    <time dateTime={at} title={hereAndUtc(at)}>
      {text}
    </time>
  );
}

export function Length({ from, to }: { readonly from: string; readonly to?: string | null | undefined }) {
  const open = to === undefined || to === null;
  const now = useNow(1000, open);
  return <span class="num">{duration((open ? now : Date.parse(to)) - Date.parse(from))}</span>;
}
