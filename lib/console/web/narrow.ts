/** Whether there is little room, also after the window was turned or resized. */
import { useEffect, useState } from 'preact/hooks';

const narrow = window.matchMedia('(max-width: 700px)');

export function useNarrow(): boolean {
  const [matches, setMatches] = useState(narrow.matches);
  useEffect(() => {
    const changed = () => setMatches(narrow.matches);
    narrow.addEventListener('change', changed);
    return () => narrow.removeEventListener('change', changed);
  }, []);
  return matches;
}
