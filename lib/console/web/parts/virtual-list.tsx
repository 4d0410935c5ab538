/** A long list of which only what is on the screen is drawn. Rows have one height. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** Rows that are drawn above and below what is seen. */
const MARGIN = 8;

export function VirtualList<T>({
  label,
  items,
  keyOf,
  rowHeight,
  row,
  onEnd,
}: {
  readonly label: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly rowHeight: number;
  readonly row: (item: T) => ComponentChildren;
  /** Somebody comes near the end. */
  readonly onEnd: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ from: 0, to: 40 });
  const measure = () => {
    const element = place.current;
    if (element === null) return;
    const top = Math.max(0, -element.getBoundingClientRect().top);
    const from = Math.max(0, Math.floor(top / rowHeight) - MARGIN);
    const to = Math.ceil((top + window.innerHeight) / rowHeight) + MARGIN;
    setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
  };
  useEffect(() => {
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [rowHeight]);
  const nearEnd = range.to >= items.length - MARGIN;
  useEffect(() => {
    if (nearEnd) onEnd();
  }, [nearEnd, items.length]);
  const shown = items.slice(range.from, range.to);
  return (
    <div
      ref={place}
      class="virtual card"
      role="list"
      aria-label={label}

      style={{ height: `${items.length * rowHeight}px` }}
    >
      {shown.map((item, i) => (
        <div
          key={keyOf(item)}
          class="virtual-row"
          role="listitem"
          aria-setsize={items.length}
          aria-posinset={range.from + i + 1}
          style={{ top: `${(range.from + i) * rowHeight}px`, height: `${rowHeight}px` }}
        >
          {row(item)}
        </div>
      ))}
    </div>
  );
}
