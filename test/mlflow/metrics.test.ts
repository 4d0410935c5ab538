import fc from 'fast-check';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const create = async (): Promise<string> => (await post('runs/create', {})).run.info.run_id as string;
const log = (run_id: string, value: unknown, step = 0, timestamp = 1, key = 'm') =>
  post('runs/log-metric', { run_id, key, value, step, timestamp });
const history = async (run_id: string, more = '') =>
  (await get(`metrics/get-history?run_id=${run_id}&metric_key=m${more}`)).json;

describe('a metric', () => {
  it('shows the point that is latest by step, time and value, whatever the order of logging', async () => {
    const point = fc.record({
      step: fc.integer({ min: -2, max: 2 }),
      timestamp: fc.nat(2),
      value: fc.integer({ min: -2, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 6 }), async (points) => {
        const run_id = await create();
        for (const { value, step, timestamp } of points) await log(run_id, value, step, timestamp);
        const latest = [...points]
          .sort((a, b) => a.step - b.step || a.timestamp - b.timestamp || a.value - b.value)
          .at(-1);
        const { run } = (await get(`runs/get?run_id=${run_id}`)).json;
        expect(run.data.metrics).toEqual([{ key: 'm', ...latest }]);
        const distinct = new Set(points.map((one) => JSON.stringify([one.timestamp, one.step, one.value])));
        const all = (await history(run_id)).metrics as { timestamp: number; step: number; value: number }[];
        expect(all.map((one) => JSON.stringify([one.timestamp, one.step, one.value]))).toEqual(
          [...distinct].sort((a, b) => {
            const [x, y] = [JSON.parse(a) as number[], JSON.parse(b) as number[]];
            return x.map((value, i) => value - (y[i] as number)).find((d) => d !== 0) ?? 0;
          }),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('may be no number or infinite, and logged again is the same point', async () => {
    const run_id = await create();
    for (const value of ['NaN', 'Infinity', '-Infinity', 1.797e308, 5e-324, 'NaN']) await log(run_id, value);
    expect((await history(run_id)).metrics.map((m: { value: unknown }) => m.value)).toEqual([
      '-Infinity',
      5e-324,
      1.797e308,
      'Infinity',
      'NaN',
    ]);
  });

  it('that Python writes without quotes is read too', async () => {
    const run_id = await create();
    const answer = await request(
      'POST',
      'runs/log-metric',
      `{"run_id": "${run_id}", "key": "m", "value": NaN, "timestamp": 1, "other": "NaN, -Infinity"}`,
    );
    expect(answer.status).toBe(200);
    expect((await history(run_id)).metrics).toMatchObject([{ value: 'NaN' }]);
  });

  it.each([
    [{ key: 'm', timestamp: 1 }, "Missing value for required parameter 'value'"],
    [{ key: 'm', value: 1 }, "Missing value for required parameter 'timestamp'"],
    [{ value: 1, timestamp: 1 }, "Missing value for required parameter 'key'"],
    [{ key: 'm', value: 'x', timestamp: 1 }, 'Invalid value "x" for parameter \'value\' supplied'],
    [{ key: 'm', value: 1, timestamp: 'x' }, 'Invalid value "x" for parameter \'timestamp\' supplied'],
    [{ key: 'a/..', value: 1, timestamp: 1 }, 'Invalid value "a/.." for parameter \'name\' supplied'],
  ])('is refused: %j', async (body, message) => {
    const answer = await request('POST', 'runs/log-metric', { run_id: await create(), ...body });
    expect(answer.json.error_code).toBe('INVALID_PARAMETER_VALUE');
    expect(answer.json.message).toContain(message);
  });
});

describe('the history', () => {
  it('goes from page to page', async () => {
    const run_id = await create();
    await post('runs/log-batch', {
      run_id,
      metrics: Array.from({ length: 25 }, (_metric, i) => ({
        key: 'm',
        value: i,
        timestamp: 100 + i,
        step: i,
      })),
    });
    const steps: number[] = [];
    let token = '';
    do {
      const page = await history(run_id, `&max_results=10&page_token=${encodeURIComponent(token)}`);
      steps.push(...(page.metrics ?? []).map((m: { step: number }) => m.step));
      token = page.next_page_token ?? '';
    } while (token !== '');
    expect(steps).toEqual(Array.from({ length: 25 }, (_step, i) => i));
    expect(await get(`metrics/get-history?run_id=${run_id}&metric_key=m&page_token=nonsense!`)).toMatchObject(
      refusal('INVALID_PARAMETER_VALUE', /^Invalid page token/),
    );
  });

  it('of an unknown run or metric is empty', async () => {
    expect(await history('none')).toEqual({});
  });

  it('of several runs comes run by run', async () => {
    const [a, b] = ([await create(), await create()] as [string, string]).sort() as [string, string];
    await log(b, 1);
    await log(a, 2, 1);
    await log(a, 3, 0);
    const { json } = await get(
      `/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id=${b}&run_id=${a}&metric_key=m`,
    );
    expect(json.metrics.map((m: { run_id: string; value: number }) => [m.run_id, m.value])).toEqual([
      [a, 3],
      [a, 2],
      [b, 1],
    ]);
  });

  it('is sampled evenly, with the first and last step of each run', async () => {
    const [a, b] = [await create(), await create()];
    const points = (from: number, count: number) =>
      Array.from({ length: count }, (_metric, i) => ({ key: 'm', value: i, timestamp: i, step: from + i }));
    await post('runs/log-batch', { run_id: a, metrics: points(0, 100) });
    await post('runs/log-batch', { run_id: b, metrics: points(37, 5) });
    const sample = async (more: string) => {
      const { json } = await get(
        `metrics/get-history-bulk-interval?run_ids=${a}&run_ids=${b}&metric_key=m${more}`,
      );
      return (run: string): number[] =>
        json.metrics.filter((m: { run_id: string }) => m.run_id === run).map((m: { step: number }) => m.step);
    };
    const some = await sample('&max_results=5');
    expect(some(a)).toEqual([0, 20, 37, 40, 41, 60, 80, 99]);
    expect(some(b)).toEqual([37, 40, 41]);
    const part = await sample('&start_step=10&end_step=12');
    expect(part(a)).toEqual([10, 11, 12]);
    for (const more of ['&start_step=1', '&start_step=2&end_step=1', '&max_results=0', '&max_results=2501'])
      expect((await get(`metrics/get-history-bulk-interval?run_ids=${a}&metric_key=m${more}`)).status).toBe(
        400,
      );
  });
});
