/** Where the boxes and lines of a graph are. What was laid out before stays in sight until the next is there. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../api';
import type { View } from '../live';
import { useNarrow } from '../narrow';
import { askLayout } from './ask-layout';
import type { LaidOut, LaidOutInput } from './layout';

/** From top to bottom where there is little room. @param input laid out again when it becomes another object */
export function useLayout(input: Omit<LaidOutInput, 'direction'>): View<LaidOut> {
  const [view, setView] = useState<View<LaidOut>>({ value: undefined, error: undefined });
  const narrow = useNarrow();
  useEffect(() => {
    let current = true;
    const told = (next: View<LaidOut>) => {
      if (current) setView(next);
    };
    askLayout({ ...input, direction: narrow ? 'TB' : 'LR' }).then(
      (value) => told({ value, error: undefined }),
      (error: unknown) => told({ value: undefined, error: error as ApiError }),
    );
    return () => {
      current = false;
    };
  }, [input, narrow]);
  return view;
}
