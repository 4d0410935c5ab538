import { Cron } from 'croner';

export interface Timing {
  /** `cron(…)`, `rate(…)`, `at(…)` as EventBridge Scheduler writes them. */
  readonly expression: string;
  readonly timeZone: string;
  /** From which rates are counted, milliseconds since 1970. */
  readonly createdAt: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** When a schedule rings next after an instant; nothing when it never does again. */
export function nextOccurrence(
  { expression, timeZone, createdAt }: Timing,
  after: number,
): number | undefined {
  const [, kind = '', body = ''] = /^(cron|rate|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case 'cron': {
      const fields = body.trim().split(/\s+/).slice(0, 5);
      const pattern = fields.map((field) => field.replaceAll('?', '*')).join(' ');
      return new Cron(pattern, { timezone: timeZone, paused: true }).nextRun(new Date(after))?.getTime();
    }
    case 'rate': {
      const [count = '1', unit = ''] = body.trim().split(/\s+/);
      const step = Number(count) * (UNIT_MS[unit.replace(/s$/, '')] ?? Number.NaN);
      return createdAt + (Math.floor((after - createdAt) / step) + 1) * step;
    }
    case 'at': {
      const at = new Cron(body, { timezone: timeZone, paused: true }).nextRun(new Date(0))?.getTime();
      return at === undefined || at <= after ? undefined : at;
    }
    default:
      throw new Error(`The schedule expression '${expression}' is neither cron(…), rate(…) nor at(…).`);
  }
}
