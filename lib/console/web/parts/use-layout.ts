/** Where the boxes and lines of a graph are; laid out again when it becomes another, not when states change. */
import { useEffect, useState } from 'preact/hooks';
import type { Drawn } from './fold-groups';
import { layOut, type LaidOut } from './layout';

/** @param open groups that are drawn as boxes around their tasks */
export function useLayout(drawn: Drawn, open: readonly string[]): LaidOut | undefined {
  const [laidOut, setLaidOut] = useState<LaidOut>();
  const narrow = window.innerWidth < 700;
  useEffect(() => {
    let current = true;
    void layOut({
      nodes: drawn.nodes.map(({ id, label, group, members }) => ({
        id,
        label,
        group: members === undefined ? group : null,
      })),
      edges: drawn.edges.map(({ from, to, choice }) => ({ from, to, label: choice })),
      groups: open,
      direction: narrow ? 'TB' : 'LR',
    }).then((found) => {
      if (current) setLaidOut(found);
    });
    return () => {
      current = false;
    };
  }, [drawn, open.join(' '), narrow]);
  return laidOut;
}
