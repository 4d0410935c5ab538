import {
  choose,
  collectPredictions,
  countRuns,
  compareWithPrevious,
  detectDrift,
  hourly,
  join,
  measureDecay,
  minutes,
  notify,
  pipeline,
  rollbackEndpoint,
  shortCircuit,
  text,
  triggerPipeline,
  z,
} from '../lib';

/**
 * Watches the endpoint `churn`: what it was asked in the last 24 hours against what the model was fitted on, and its
 * answers against the labels that have arrived. Drift or decay starts `model-retraining`; a version that the one before it
 * would have beaten is taken back. Labels come as JSON lines under `labels/churn/`, any time.
 */
export default pipeline(
  {
    id: 'model-monitoring',
    description:
      'Looks every hour for drift and decay of the model that is served; retrains it, or takes a bad version back.',
    owner: 'customer-ml',
    schedule: hourly,
    startDate: '2026-01-01',
    maxActiveRuns: 1,
    params: z.object({
      hours: z.number().positive().default(24).describe('How far back, from the end of the data interval'),
      labelHours: z.number().positive().default(168).describe('The same for predictions that have labels'),
      minimumRows: z.int().positive().default(100).describe('Fewer predictions say nothing of drift'),
      minimumLabels: z.int().positive().default(100).describe('Fewer labels say nothing of decay'),
      alpha: z.number().gt(0).lt(1).default(0.05).describe('A feature has drifted below this p-value'),
      correction: z
        .enum(['none', 'bonferroni', 'benjamini-hochberg'])
        .default('bonferroni')
        .describe('For the p-values of all features together; none: any feature with p < alpha is drift'),
      maxDrop: z
        .number()
        .positive()
        .default(0.05)
        .describe('Fall of accuracy or precision that is still well'),
      surely: z
        .boolean()
        .default(true)
        .describe(
          'A fall is decay only when chance does not explain it; false: any fall of more than maxDrop',
        ),
      confidence: z.number().gt(0).lt(1).default(0.99).describe('Of the interval by which chance is judged'),
      regret: z
        .number()
        .nonnegative()
        .default(0.02)
        .describe('AUC by which the version before may be better without being taken back'),
      rest: z
        .number()
        .nonnegative()
        .default(12)
        .describe('Hours after a retraining of its own within which no other is started'),
    }),
    defaults: { retries: 2, retryDelay: 30, timeout: minutes(10) },
    tags: ['monitoring'],
    local: {
      after: ['model-deployment'],
      beside: { command: 'node', args: ['pipelines/model-monitoring/clients.mjs'] },
    },
  },
  ({ params, run, group }) => {
    const log = collectPredictions('collect', {
      endpoint: 'churn',
      hours: params.hours,
      labelHours: params.labelHours,
      unserved: 'skip',
    });
    join('nothing-is-served', { after: [log], triggerRule: 'all_skipped' });
    const { accuracy, precision, duel } = group('decay', () => {
      const enough = shortCircuit('enough-labels', log.labelledRows.atLeast(params.minimumLabels));
      const measure = (metric: 'accuracy' | 'precision') =>
        measureDecay(
          metric,
          {
            model: log.model,
            current: log.labelled,
            target: log.target,
            metric,
            baseline: { dataset: log.heldOut },
            maxDrop: params.maxDrop,
            significant: params.surely,
            confidence: params.confidence,
            watches: 'churn',
          },
          { after: [enough] },
        );
      const duel = compareWithPrevious(
        'against-the-one-before',
        {
          endpoint: 'churn',
          labelled: log.labelled,
          target: log.target,
          metric: 'auc',
          margin: params.regret,
        },
        { after: [enough] },
      );
      return { accuracy: measure('accuracy'), precision: measure('precision'), duel };
    });
    const drift = group('drift', () => {
      const enough = shortCircuit('enough-rows', log.rows.atLeast(params.minimumRows));
      return detectDrift(
        'compare',
        {
          reference: log.reference,
          current: log.current,
          exclude: [log.target],
          watches: 'churn',
          rule: { alpha: params.alpha, correction: params.correction },
        },
        { after: [enough] },
      );
    });

    // Until what a new version has learned shows in a day of requests, they look as drifted as before.
    const retrained = countRuns(
      'retrained-lately',
      { pipeline: 'model-retraining', hours: params.rest, startedBy: 'pipeline' },
      { after: [log] },
    );

    const mistaken = duel.worse.equals(true);
    const worn = drift.drifted
      .equals(true)
      .or(accuracy.decayed.equals(true))
      .or(precision.decayed.equals(true))
      .and(mistaken.not());
    choose('decide', {
      // With too few rows or labels the groups are skipped, and all is well; without a version that is served, this is, too.
      after: [log, accuracy, precision, duel, drift, retrained],
      triggerRule: 'none_failed_min_one_success',
      cases: {
        'roll-back': {
          when: mistaken,
          do: () => {
            rollbackEndpoint('take-back', {
              endpoint: 'churn',
              version: log.version,
              reason: text`${run.id}: ${duel.reason}`,
            });
            notify('tell-of-roll-back', {
              subject: text`churn: version ${log.version} was rolled back`,
              text: text`${duel.reason}.`,
            });
          },
        },
        retrain: {
          when: worn.and(retrained.count.equals(0)),
          do: () => {
            const started = triggerPipeline('retrain', {
              pipeline: 'model-retraining',
              params: { hours: params.labelHours },
            });
            notify('tell', {
              subject: 'churn: retraining was started',
              text: text`${run.id} started ${started.runId}.`,
            });
          },
        },
        rest: { when: worn.and(retrained.count.atLeast(1)), do: () => join('give-it-time') },
      },
      otherwise: () => join('all-is-well'),
    });
  },
);
