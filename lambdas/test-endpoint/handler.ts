import { renderCriteria } from '../../lib/reports/criteria-page';
import { taskHandler } from '../../lib/runtime/task-handler';
import { findEndpoint } from '../../lib/serving/endpoint';
import type { EndpointAnswer } from '../../lib/serving/endpoint-request';
import { goldenRequests } from '../../lib/serving/golden-requests';
import { invokeEndpoint } from '../../lib/serving/invoke-endpoint';
import { samePredictions } from '../../lib/serving/same-predictions';
import { standsIn } from '../../lib/serving/targets/stand-in';
import type { Prediction } from '../../lib/serving/model-folder';
import { testEndpoint } from '../../lib/tasks/test-endpoint';
import type { CriterionResult } from '../../lib/tasks/verify-model';

/** Scores are computed in float32: another runtime may differ in the last digits. */
const OTHER_RUNTIME = 1e-5;

/** A field that no model takes, for models that need none. */
const UNKNOWN = 'not-a-field';

export const handler = taskHandler(testEndpoint, async (input, context) => {
  const { objects } = context;
  const { inputs, records, predictions } = await goldenRequests(
    objects,
    input.name,
    input.version,
    input.rows,
  );
  const target = (await findEndpoint(input.endpoint))?.target;
  const tolerance = target === undefined || standsIn(target) ? 0 : OTHER_RUNTIME;
  let count = 0;
  const ask = (action: 'predict' | 'invocations' | 'ping' | 'version', body?: unknown) =>
    invokeEndpoint({
      endpoint: input.endpoint,
      action,
      ...(body === undefined ? {} : { body }),
      target: input.target,
      id: `test-${context.run.id.replace(/[^\w-]/g, '-').slice(-40)}-${context.attempt}-${count++}`,
    });

  await ask('ping'); // Loads the model: the first request of a version is not what clients wait for.
  const singles: EndpointAnswer[] = [];
  for (const record of records) singles.push(await ask('predict', { records: [record] }));
  const batch = await ask('invocations', { dataframe_records: records });
  const version = await ask('version');
  const first = inputs.find(({ required }) => required);
  const { [first?.name ?? '']: _gone, ...lacking } = records[0] ?? {};
  const bad = first === undefined ? { ...lacking, [UNKNOWN]: 1 } : lacking;
  const refused = await ask('predict', { records: [bad] });

  const golden = predictions ?? predictionsIn(batch);
  const wrong = singles.filter((one, row) => !gives(one, golden.slice(row, row + 1), tolerance)).length;
  const others = [...singles, batch].filter((one) => answering(one) !== input.version).length;
  const times = singles.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
  const results: CriterionResult[] = [
    line(
      'golden predictions',
      wrong === 0,
      wrong,
      0,
      `of ${singles.length} requests differ from ${predictions === undefined ? 'what all rows together give' : 'the file'}`,
    ),
    line(
      'batch',
      gives(batch, golden, tolerance),
      batch.status,
      200,
      `/invocations with ${records.length} rows`,
    ),
    line('version', others === 0, others, 0, `answers that do not name version ${input.version}`),
    line('description', version.status === 200, version.status, 200, '/version'),
    line(
      'refuses',
      refused.status === 400,
      refused.status,
      400,
      first === undefined ? `a request with '${UNKNOWN}'` : `a request without '${first.name}'`,
    ),
    line(
      'latency p99',
      p99 <= input.maxP99Ms,
      Math.round(p99),
      input.maxP99Ms,
      'milliseconds, over the wire',
    ),
  ];
  const failed = results.filter(({ passed }) => !passed);
  const passed = failed.length === 0;
  const reason = passed
    ? `'${input.endpoint}' answers with version ${input.version} as it should: ${results.length} checks`
    : `'${input.endpoint}' fails ${failed.length} of ${results.length} checks with version ${input.version}: ${failed.map((one) => `${one.criterion} is ${one.value}, not ${one.limit}`).join('; ')}`;
  const report = await objects.putBytes(
    `reports/${context.run.pipeline}/${context.run.id}/${context.task}.html`,
    renderCriteria({ title: `Endpoint ${input.endpoint}`, subtitle: reason, results }),
    { contentType: 'text/html; charset=utf-8' },
  );
  context.log.info('Tested', { passed, reason });
  return { passed, reason, results, report };
});

function line(
  criterion: string,
  passed: boolean,
  value: number,
  limit: number,
  detail: string,
): CriterionResult {
  return { criterion, passed, value, limit, detail };
}

function answering({ body }: EndpointAnswer): string | undefined {
  return (body as { version?: string } | null)?.version;
}

function predictionsIn({ body }: EndpointAnswer): readonly Prediction[] {
  return (body as { predictions?: readonly Prediction[] } | null)?.predictions ?? [];
}

function gives({ status, body }: EndpointAnswer, golden: readonly Prediction[], tolerance: number): boolean {
  return (
    status === 200 &&
    samePredictions((body as { predictions?: unknown } | null)?.predictions, golden, tolerance)
  );
}
