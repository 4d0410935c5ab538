/**
 * What must hold before a version of a registered model gets an alias or a stage, as data. It is kept with the model, and
 * every way to an alias or a stage asks for it: command line, task, console, MLflow's clients.
 */
import { z } from 'zod';
import { anyMetric, lowerIsBetter } from './metric';

const metricGate = z
  .strictObject({
    kind: z.literal('metric'),
    /** As recorded with the run of the version, with or without `test_` before it. */
    metric: z.string().min(1),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, {
    message: "a gate of kind 'metric' needs min, max or both",
  });

const championGate = z.strictObject({
  kind: z.literal('beats-champion'),
  metric: z.string().min(1),
  /** The gain must be more than this; 0: any gain counts, a tie does not. Negative: it may be so much worse. */
  margin: z.number().default(0),
  /** @default as the metric is known: true for logLoss and errors of regressions */
  lowerIsBetter: z.boolean().optional(),
  /** Whose holder is the champion. */
  alias: z.string().min(1).default('champion'),
});

const driftGate = z.strictObject({
  kind: z.literal('no-drift-alarm'),
  /** `older`: an open alarm counts only against versions that were registered before it opened. */
  versions: z.enum(['all', 'older']).default('all'),
});

const approvalGate = z.strictObject({
  kind: z.literal('approval'),
  /** How many different people. */
  people: z.int().positive().default(1),
  /** The approval of whoever promotes does not count. */
  exceptPromoter: z.boolean().default(false),
});

export const promotionGate = z.discriminatedUnion('kind', [
  metricGate,
  championGate,
  driftGate,
  approvalGate,
]);
export type PromotionGate = z.output<typeof promotionGate>;

export const promotionGates = z.strictObject({
  /** Aliases that the gates stand before. */
  aliases: z.array(z.string().min(1)).default(['champion']),
  /** Stages that they stand before. */
  stages: z.array(z.enum(['Staging', 'Production'])).default(['Production']),
  gates: z.array(promotionGate).min(1).max(50),
});
export type PromotionGates = z.output<typeof promotionGates>;

/** What was found at a gate, and what was asked for. */
export const gateResult = z.object({
  /** The kind, with the metric where there is one. */
  gate: z.string(),
  passed: z.boolean(),
  /** `null`: nothing is recorded. */
  value: z.union([z.number(), z.string()]).nullable(),
  limit: z.union([z.number(), z.string()]),
  detail: z.string(),
});
export type GateResult = z.output<typeof gateResult>;

/** With the direction of each metric written down, so that whoever judges needs no list of metrics. */
export function settledGates(gates: PromotionGates): PromotionGates {
  return {
    ...gates,
    gates: gates.gates.map((gate) =>
      gate.kind === 'beats-champion'
        ? { ...gate, lowerIsBetter: gate.lowerIsBetter ?? isLoss(gate.metric) }
        : gate,
    ),
  };
}

function isLoss(metric: string): boolean {
  const { data } = anyMetric.safeParse(metric.replace(/^test_/, ''));
  return data !== undefined && lowerIsBetter(data);
}
