/** Instants in the time of whoever looks, with UTC on hover; lengths that grow while something runs. */
import { useEffect, useState } from 'preact/hooks';
import { dayTime, duration, relative, shortTime } from '../format';

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

export function Time({
  at,
  style = 'short',
}: {
  readonly at: string;
  readonly style?: 'short' | 'long' | 'relative';
}) {
  const now = useNow(15_000, style === 'relative');
  const text = style === 'long' ? dayTime(at) : style === 'relative' ? relative(at, now) : shortTime(at);
  return (
    <time dateTime={at} title={`${dayTime(at)} here\n${at} UTC`}>
      {text}
    </time>
  );
}

export function Length({ from, to }: { readonly from: string; readonly to?: string | null | undefined }) {
  const open = to === undefined || to === null;
  const now = useNow(1000, open);
  return <span class="num">{duration((open ? now : Date.parse(to)) - Date.parse(from))}</span>;
}
