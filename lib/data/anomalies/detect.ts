/** A dataset against its own history. */
import type { Severity } from '../../tasks/expectation';
import { figureKey, isShare, type Figure, type FigureKind } from './figures';
import { robustScore } from './robust-score';

export interface HistoryEntry {
  /** ISO instant: of which date the data is. */
  readonly logicalDate: string;
  readonly figures: readonly Figure[];
}

export type Season = 'none' | 'hour' | 'weekday' | 'month';

export interface AnomalyOptions {
  /** Robust standard deviations from the median that are too many. */
  readonly threshold: number;
  /** Change below which nothing is an anomaly: of the median's size, or absolute for shares. */
  readonly tolerance: number;
  /** Entries that are needed. */
  readonly minHistory: number;
  /** Newest entries that count. */
  readonly maxHistory: number;
  readonly season: Season;
  readonly severities: Readonly<Record<FigureKind, Severity>>;
}

export interface Checked extends Figure {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** `null` when it is infinite. */
  readonly score: number | null;
  readonly anomalous: boolean;
  readonly severity: Severity;
  /** Values before, the oldest first. */
  readonly before: readonly { readonly logicalDate: string; readonly value: number }[];
}

export interface Detection {
  /** Entries of the season before the date. */
  readonly history: number;
  /** Empty while there is too little history. */
  readonly checked: readonly Checked[];
}

const SEASONS: Readonly<Record<Season, (instant: Date) => number>> = {
  none: () => 0,
  hour: (instant) => instant.getUTCHours(),
  weekday: (instant) => instant.getUTCDay(),
  month: (instant) => instant.getUTCMonth(),
};

/** Only entries of dates before count, so that a rerun of an old date says the same as then. */
export function detectAnomalies(
  now: HistoryEntry,
  history: readonly HistoryEntry[],
  options: AnomalyOptions,
): Detection {
  const season = SEASONS[options.season];
  const same = season(new Date(now.logicalDate));
  const before = history
    .filter(({ logicalDate }) => logicalDate < now.logicalDate && season(new Date(logicalDate)) === same)
    .sort((a, b) => (a.logicalDate < b.logicalDate ? -1 : 1))
    .slice(-options.maxHistory);
  if (before.length < options.minHistory) return { history: before.length, checked: [] };
  const values = before.map(({ logicalDate, figures }) => ({
    logicalDate,
    byKey: new Map(figures.map((figure) => [figureKey(figure), figure.value])),
    columns: new Set(figures.map(({ column }) => column)),
  }));
  const present = new Map(now.figures.map((figure) => [figureKey(figure), figure]));
  const columns = new Set(now.figures.map(({ column }) => column));
  const known = new Map(
    before.flatMap(({ figures }) => figures.map((figure) => [figureKey(figure), figure] as const)),
  );
  const checked: Checked[] = [];
  for (const [key, figure] of new Map([...known, ...present])) {
    const current = present.get(key);
    // A category that is gone has the share 0; a column that is gone is a matter of the schema.
    if (current === undefined && (figure.kind !== 'mix' || !columns.has(figure.column))) continue;
    const earlier = values.flatMap(({ logicalDate, byKey, columns: had }) => {
      const value = byKey.get(key) ?? (figure.kind === 'mix' && had.has(figure.column) ? 0 : undefined);
      return value === undefined ? [] : [{ logicalDate, value }];
    });
    if (earlier.length < options.minHistory) continue;
    checked.push(judge({ ...figure, value: current?.value ?? 0 }, earlier, options));
  }
  return { history: before.length, checked };
}

function judge(figure: Figure, before: Checked['before'], options: AnomalyOptions): Checked {
  const { median, scale, score } = robustScore(
    figure.value,
    before.map(({ value }) => value),
  );
  const slack = options.tolerance * (isShare(figure.kind) ? 1 : Math.abs(median));
  const room = Math.max(options.threshold * scale, slack);
  const floor = isShare(figure.kind) || figure.kind === 'rows' ? 0 : Number.NEGATIVE_INFINITY;
  const low = Math.max(floor, median - room);
  const high = isShare(figure.kind) ? Math.min(1, median + room) : median + room;
  return {
    ...figure,
    median,
    low,
    high,
    score: Number.isFinite(score) ? score : null,
    anomalous: figure.value < low || figure.value > high,
    severity: options.severities[figure.kind],
    before,
  };
}
