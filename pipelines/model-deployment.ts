import {
  aliasMoved,
  buildContainer,
  buildImage,
  deployModel,
  minutes,
  notify,
  pipeline,
  pushImage,
  rollbackEndpoint,
  shiftTraffic,
  testEndpoint,
  text,
  verifyModel,
  z,
} from '../lib';

/**
 * Brings a version of a registered model to the endpoint of the same name: held against criteria, packed, deployed
 * without traffic, tested there, then given the traffic or taken away. It runs when `champion` moves, whoever moved it;
 * on demand: `millrace run model-deployment --params '{"model": "churn", "version": "3"}'`.
 */
export default pipeline(
  {
    id: 'model-deployment',
    description:
      'Validates, packs and deploys a model version, tests the endpoint, then promotes or rolls back.',
    owner: 'ml-platform',
    triggers: [aliasMoved('churn', { params: { model: 'model', version: 'version' } })],
    // Two deployments at once would refuse each other; the second waits for the first.
    maxActiveRuns: 1,
    params: z.object({
      model: z.string().min(1).default('churn').describe('Registered model; the endpoint has its name'),
      version: z.string().min(1).default('@champion').describe('A version, or @ and an alias'),
      minimumAccuracy: z.number().min(0).max(1).default(0.9).describe('Floor on the held-out rows'),
      slices: z
        .array(
          z.object({
            column: z.string().min(1),
            metric: z.enum(['accuracy', 'auc', 'precision', 'recall', 'f1']),
            limit: z.number().min(0).max(1),
          }),
        )
        .default([])
        .describe('Floors of every group of the held-out rows by a column, e.g. of customers by age'),
      minimumGain: z
        .number()
        .default(-0.02)
        .describe('Gain in AUC over the served version that its confidence interval must stay above'),
      maximumLatency: z
        .number()
        .positive()
        .default(2000)
        .describe('Milliseconds that a request to the endpoint may take, p99'),
      canaryPercent: z.number().gt(0).max(100).default(10).describe('Share of the traffic at first'),
      canarySeconds: z.number().positive().default(300).describe('After which it gets all traffic'),
      repository: z
        .string()
        .default('')
        .describe('Registry and repository for the image; empty: the image stays in the data bucket'),
    }),
    defaults: { retries: 2, retryDelay: 10, backoff: 2, timeout: minutes(5) },
    tags: ['deployment'],
    local: { after: ['churn'] },
  },
  ({ params, run, branch }) => {
    const checked = verifyModel('validate', {
      name: params.model,
      version: params.version,
      endpoint: params.model,
      criteria: {
        metrics: { accuracy: params.minimumAccuracy },
        slices: params.slices,
        improvement: { metric: 'auc', margin: params.minimumGain },
      },
    });
    branch('meets-criteria', checked.passed.equals(true), {
      yes: () => {
        const image = buildImage('build', { name: params.model, version: checked.version });
        // In an account with `-c image-builds=true`; elsewhere it says that nothing was built.
        const container = buildContainer('container', { image });
        const pushed = pushImage('push', { image, repository: params.repository });
        const held = deployModel(
          'deploy',
          {
            name: params.model,
            version: checked.version,
            endpoint: params.model,
            strategy: { kind: 'canary', percent: params.canaryPercent, seconds: params.canarySeconds },
            hold: true,
            reason: text`${run.id}: ${checked.reason}`,
          },
          { after: [pushed, container] },
        );
        const tested = testEndpoint(
          'integration-test',
          {
            endpoint: params.model,
            name: params.model,
            version: checked.version,
            maxP99Ms: params.maximumLatency,
          },
          { after: [held] },
        );
        const works = branch('works', tested.passed.equals(true), {
          yes: () =>
            shiftTraffic('promote', {
              endpoint: params.model,
              version: checked.version,
              reason: text`${run.id}: ${tested.reason}`,
            }),
          no: () => {
            const back = rollbackEndpoint('roll-back', {
              endpoint: params.model,
              version: checked.version,
              reason: text`${run.id}: ${tested.reason}`,
            });
            notify(
              'rolled-back',
              {
                subject: text`${params.model}: version ${checked.version} was rolled back`,
                text: text`${tested.reason}. The report is ${tested.report.uri}.`,
              },
              { after: [back] },
            );
          },
        });
        // Whatever keeps the version from being tested: it does not stay held, in the way of the next one. The run has failed.
        rollbackEndpoint(
          'take-away',
          { endpoint: params.model, own: true, reason: text`${run.id}: the version could not be tested` },
          { after: [works], triggerRule: 'one_failed' },
        );
      },
      no: () =>
        notify('refused', {
          subject: text`${params.model}: version ${checked.version} is not deployed`,
          text: text`${checked.reason}. The report is ${checked.report.uri}.`,
        }),
    });
  },
);
