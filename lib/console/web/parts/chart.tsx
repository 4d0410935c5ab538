/** Charts by ECharts, loaded when one is drawn. Tooltips are drawn on the canvas: no markup is made of names. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartOption } from './chart-library';

export function Chart({
  option,
  label,
  height = 280,
  minWidth = 0,
  onPick,
}: {
  readonly option: (colors: Colors) => ChartOption;
  /** What it shows, for who cannot see it. */
  readonly label: string;
  readonly height?: number;
  /** Pixels; where there is less room, what is around it scrolls. @default 0 */
  readonly minWidth?: number;
  readonly onPick?: (index: number) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let dispose = () => {};
    let gone = false;
    import('./chart-library').then(
      ({ draw }) => {
        if (!gone) dispose = draw(element, () => option(colors(element)), onPick);
      },
      (error: unknown) => setFault(error instanceof Error ? error.message : String(error)),
    );
    return () => {
      gone = true;
      dispose();
    };
  }, [JSON.stringify(option(PLAIN)), onPick]);
  if (fault !== undefined) return <p class="hint">The chart cannot be drawn: {fault}</p>;
  return (
    <div
      class="chart"
      ref={place}
      role="img"
      aria-label={label}
      style={{ height: `${height}px`, minWidth: `${minWidth}px` }}
    />
  );
}

export interface Colors {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly ground: string;
  readonly series: readonly string[];
  readonly status: (status: string) => string;
}

const PLAIN: Colors = { text: '', muted: '', line: '', ground: '', series: [], status: () => '' };

/** Those of the theme, as the browser resolves them. */
function colors(element: HTMLElement): Colors {
  const probe = document.createElement('span');
  element.append(probe);
  const resolve = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    text: resolve('text'),
    muted: resolve('muted'),
    line: resolve('line'),
    ground: resolve('card'),
    series: Array.from({ length: 8 }, (_, i) => resolve(`series-${i + 1}`)),
  };
  const names = ['success', 'failed', 'running', 'skipped', 'aborted', 'timed_out'];
  const byStatus = new Map(names.map((name) => [name, resolve(`c-${name}`)]));
  probe.remove();
  return { ...found, status: (status) => byStatus.get(status) ?? found.muted };
}
