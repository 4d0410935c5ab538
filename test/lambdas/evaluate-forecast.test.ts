import '../support/quiet-telemetry';
import { handler as evaluateForecast } from '../../lambdas/evaluate-forecast/handler';
import { Random } from '../../lib/ml/random';
import type { Json } from '../../lib/model/json';
import { getRun } from '../../lib/tracking/runs';
import { bell, outputOf, readText, storeDataset, type Columns } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);

/** Hours with a day's swing; on rainy ones half as many. Every 37th hour is missing. */
function demand(days: number): Columns {
  const random = new Random(1);
  const hours = Array.from({ length: days * 24 }, (_, t) => t).filter((t) => t % 37 !== 5);
  const rain = hours.map(() => Number(random.uniform() < 0.2));
  return {
    at: ['timestamp', hours.map((t) => new Date(START + t * HOUR).toISOString())],
    rain: ['integer', rain],
    count: [
      'number',
      hours.map((t, i) =>
        Math.max(0, (100 + 60 * Math.sin((t / 12) * Math.PI) + 5 * bell(random)) * (1 - rain[i]! / 2)),
      ),
    ],
    town: ['string', hours.map(() => 'a')],
  };
}

interface Out {
  readonly methods: readonly {
    readonly method: string;
    readonly rmse: number;
    readonly mase: number;
    readonly count: number;
  }[];
  readonly best: string;
  readonly report: Json;
  readonly json: Json;
  readonly runId: string;
}
const evaluate = (input: { readonly [name: string]: Json }) =>
  outputOf<Out>(evaluateForecast, 'backtest', {
    time: 'at',
    value: 'count',
    period: 24,
    horizon: 24,
    ...input,
  });

describe('evaluate-forecast', () => {
  it('compares the methods from origins of the past', async () => {
    const dataset = await storeDataset('hours', demand(40));
    const out = await evaluate({ dataset, origins: 3, known: ['rain'], least: 0 });
    expect(out.methods.map(({ method }) => method)).toEqual([
      'seasonal-naive',
      'holt-winters',
      'gradient-boosting',
    ]);
    const [naive, smoothed, boosted] = out.methods;
    // Only the trees know when it will rain; smoothing forgets the rain of yesterday.
    expect(out.best).toBe('gradient-boosting');
    expect(boosted!.rmse).toBeLessThan(0.6 * naive!.rmse);
    expect(smoothed!.rmse).toBeLessThan(naive!.rmse);
    expect(boosted!.mase).toBeLessThan(1);
    // The missing hours of three days are not compared.
    expect(naive!.count).toBe(70);
    const html = await readText(out.report);
    expect(html.match(/<figure/g)).toHaveLength(3);
    expect(html).toContain('<span class="good">gradient-boosting</span>');
    expect(JSON.parse(await readText(out.json))).toMatchObject({
      best: 'gradient-boosting',
      origins: ['2026-02-11T00:00:00.000Z', '2026-02-12T00:00:00.000Z', '2026-02-13T00:00:00.000Z'],
    });
    expect((await getRun(out.runId)).metrics['rmse_seasonal-naive']).toBe(naive!.rmse);
  });

  it.each([
    ['a column that there is not', { value: 'price' }, "there is no column 'price'"],
    ['texts', { value: 'town' }, "'town' is 'a' in row 1"],
    ['times that are none', { time: 'town' }, 'The time of row 1 is missing or none'],
    ['a step off the grid', { stepSeconds: 5000 }, 'is not a multiple of 5000 seconds'],
    ['too little history', { origins: 30 }, 'there are 240'],
    [
      'a lag that is not known in time',
      { lags: [3], methods: ['gradient-boosting'] },
      'A lag of 3 steps is not known 24',
    ],
  ])('refuses %s', async (_what, input, message) => {
    const dataset = await storeDataset('short', demand(10));
    await expect(evaluate({ dataset, origins: 1, ...(input as object) })).rejects.toMatchObject({
      name: 'Millrace.InvalidDataset',
      message: expect.stringContaining(message) as string,
    });
  });
});
