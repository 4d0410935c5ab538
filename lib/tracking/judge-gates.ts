/** Whether a version passes the gates of its model, from what is recorded. Nothing is read and nothing is scored here. */
import type { GateResult, PromotionGate } from '../tasks/promotion-gates';

export type { GateResult, PromotionGate, PromotionGates } from '../tasks/promotion-gates';

/** Two versions, measured on the same held-out rows. */
export interface Comparison {
  readonly metric: string;
  readonly value: number;
  /** The other version and its value. */
  readonly than: { readonly version: string; readonly value: number };
  /** By how much the version is better; negative when it is worse. */
  readonly gain: number;
  readonly rows?: number;
  /** Of the rows. */
  readonly digest?: string;
}

/** Something that watches a model says that the data or the quality is no longer what it was. */
export interface DriftAlarm {
  /** Pipeline and task, e.g. `model-monitoring/drift`. */
  readonly monitor: string;
  /** ISO instant at which it opened. */
  readonly since: string;
  readonly reason: string;
}

export interface GateFacts {
  readonly version: string;
  /** ISO instant of the registration. */
  readonly registeredAt: string;
  readonly promoter: string;
  /** Recorded value of a metric of the version. */
  readonly metric: (name: string) => number | undefined;
  /** Version that holds an alias, or held it last. */
  readonly champion: (alias: string) => string | undefined;
  /** The latest comparison with that version. */
  readonly comparison: (
    metric: string,
    version: string,
    lowerIsBetter: boolean,
  ) => Promise<Comparison | undefined>;
  readonly alarms: readonly DriftAlarm[];
  /** Who approved the version. */
  readonly approvals: readonly string[];
}

type Judge<K extends PromotionGate['kind']> = (
  gate: Extract<PromotionGate, { kind: K }>,
  facts: GateFacts,
) => Promise<GateResult>;

const JUDGES: { readonly [K in PromotionGate['kind']]: Judge<K> } = {
  metric: async ({ metric, min, max }, facts) => {
    const value = facts.metric(metric);
    const limit = [
      ...(min === undefined ? [] : [`at least ${min}`]),
      ...(max === undefined ? [] : [`at most ${max}`]),
    ].join(', ');
    // Not a number is neither: it passes nothing.
    const passed =
      value !== undefined && (min === undefined || value >= min) && (max === undefined || value <= max);
    return {
      gate: `metric ${metric}`,
      passed: passed && !Number.isNaN(value),
      value: shown(value),
      limit,
      detail:
        value === undefined
          ? `no value of '${metric}' is recorded with version ${facts.version} or its run`
          : `${metric} of version ${facts.version}`,
    };
  },
  'beats-champion': async ({ metric, margin, alias, lowerIsBetter = false }, facts) => {
    const gate = `beats-champion ${metric}`;
    const limit = `a gain of more than ${margin}`;
    const champion = facts.champion(alias);
    if (champion === undefined || champion === facts.version)
      return {
        gate,
        passed: true,
        value: null,
        limit,
        detail:
          champion === undefined ? `no other version is ${alias}` : `version ${champion} is ${alias} already`,
      };
    const found = await facts.comparison(metric, champion, lowerIsBetter);
    if (found === undefined)
      return {
        gate,
        passed: false,
        value: null,
        limit,
        detail: `version ${facts.version} was not compared with version ${champion}, which is ${alias}, on the same held-out rows; compareWithChampion does so`,
      };
    return {
      gate,
      passed: found.gain > margin,
      value: shown(found.gain),
      limit,
      detail: `${metric} ${shown(found.value)} against ${shown(found.than.value)} of version ${champion} on the same ${found.rows === undefined ? '' : `${found.rows} `}held-out rows`,
    };
  },
  'no-drift-alarm': async ({ versions }, { alarms, registeredAt }) => {
    const counting = alarms.filter(({ since }) => versions === 'all' || registeredAt <= since);
    return {
      gate: 'no-drift-alarm',
      passed: counting.length === 0,
      value: counting.length,
      limit: 0,
      detail:
        counting.length === 0
          ? alarms.length === 0
            ? 'no alarm is open'
            : 'the version was registered after the open alarms'
          : counting.map(({ monitor, since, reason }) => `${monitor} since ${since}: ${reason}`).join('; '),
    };
  },
  approval: async ({ people, exceptPromoter }, { approvals, promoter, version }) => {
    const counting = [...new Set(approvals)].filter((who) => !exceptPromoter || who !== promoter);
    return {
      gate: 'approval',
      passed: counting.length >= people,
      value: counting.length,
      limit: people,
      detail:
        counting.length === 0
          ? `nobody${approvals.length > 0 ? ` but ${promoter}, who promotes,` : ''} has approved version ${version}`
          : `approved by ${counting.join(', ')}`,
    };
  },
};

/** In the order in which they were declared; all are judged. */
export async function judgeGates(gates: readonly PromotionGate[], facts: GateFacts): Promise<GateResult[]> {
  return Promise.all(
    gates.map((gate) => (JUDGES[gate.kind] as Judge<typeof gate.kind>)(gate as never, facts)),
  );
}

/** Numbers that JSON and DynamoDB lack are told as text. */
function shown(value: number | undefined): number | string | null {
  if (value === undefined) return null;
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : String(value);
}
