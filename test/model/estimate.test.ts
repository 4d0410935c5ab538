import { estimateCost } from '../../lib/model/estimate';

describe('estimateCost', () => {
  it('prices a run by hand-computed figures', () => {
    // 2 calls of 1 GB for 10 s on arm64: 20 GB-s = $0.000266668; 5 transitions = $0.000125; 2 requests = $0.0000004
    const estimate = estimateCost({
      calls: [{ task: 'a', memoryMb: 1024, ephemeralMb: 512, seconds: 10, calls: 2 }],
      transitions: 5,
      runsPerMonth: null,
    });
    const cost = Object.fromEntries(estimate.lines.map((line) => [line.item, line.cost]));
    expect(cost['Lambda compute']).toBeCloseTo(0.000266668, 12);
    expect(cost['Step Functions']).toBeCloseTo(0.000125, 12);
    expect(cost['Lambda requests']).toBeCloseTo(0.0000004, 12);
    expect(estimate.perMonth).toBeNull();
    expect(estimate.perRun).toBeCloseTo(
      estimate.lines.reduce((sum, line) => sum + line.cost, 0),
      12,
    );
  });

  it('bills whole milliseconds, and /tmp only beyond 512 MB', () => {
    const quantity = (seconds: number, ephemeralMb: number, item: string) =>
      estimateCost({
        calls: [{ task: 'a', memoryMb: 1024, ephemeralMb, seconds }],
        transitions: 0,
        runsPerMonth: 1,
      }).lines.find((line) => line.item === item)?.quantity;
    expect(quantity(0.0101, 512, 'Lambda compute')).toBeCloseTo(0.011, 9);
    expect(quantity(10, 512, 'Lambda /tmp')).toBe(0);
    expect(quantity(10, 1536, 'Lambda /tmp')).toBe(10);
  });

  it('is a fifth cheaper on arm64 than on x86', () => {
    const of = (architecture: 'arm64' | 'x86_64') =>
      estimateCost({
        calls: [{ task: 'a', memoryMb: 2048, ephemeralMb: 512, seconds: 100 }],
        transitions: 0,
        architecture,
        runsPerMonth: null,
      }).lines.find((line) => line.item === 'Lambda compute')?.cost ?? 0;
    expect(of('arm64') / of('x86_64')).toBeCloseTo(0.8, 3);
  });

  it('bills Fargate by the second, a minute at least', () => {
    // 4 vCPUs and 8 GB on arm64: an hour = 4 * $0.03238 + 8 * $0.00356; 5 s count as 60 s.
    const cost = (seconds: number) =>
      estimateCost({
        calls: [],
        containers: [{ task: 'a', cpu: 4, memoryMb: 8192, seconds }],
        transitions: 0,
        runsPerMonth: null,
        unpriced: ['b (sagemaker)'],
      });
    expect(cost(3600).perRun).toBeCloseTo(0.158, 9);
    expect(cost(5).perRun).toBeCloseTo(0.158 / 60, 9);
    expect(cost(5).unpriced).toEqual(['b (sagemaker)']);
  });

  it('multiplies by the runs of a month', () => {
    const estimate = estimateCost({ calls: [], transitions: 100, runsPerMonth: 30 });
    expect(estimate.perMonth).toBeCloseTo(estimate.perRun * 30, 12);
  });
});
