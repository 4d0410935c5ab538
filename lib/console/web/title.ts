import { useEffect } from 'preact/hooks';

/** Sets the title of the window, which bookmarks take. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · millrace`;
  }, [title]);
}
