/** Scrolls a row of choices so far that the chosen one is seen, where there is no room for all. */
export function keepInSight(chosen: HTMLElement | null): void {
  const row = chosen?.parentElement;
  if (!chosen || !row) return;
  const left = chosen.offsetLeft - row.offsetLeft;
  if (left < row.scrollLeft || left + chosen.offsetWidth > row.scrollLeft + row.clientWidth)
    row.scrollLeft = left - 24;
}
