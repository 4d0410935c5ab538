import { isRunId, launchedRunId, manualRunId } from '../../lib/orchestration/run-id';

describe('ids of logical runs', () => {
  it('say pipeline, trigger and logical date', () => {
    expect(launchedRunId('credit-risk', 'schedule', '2026-11-21T06:00:00.000Z', 't')).toMatch(
      /^credit-risk--schedule--20261121T060000Z-[0-9a-f]{8}$/,
    );
    expect(manualRunId('credit-risk', 'first-try')).toBe('credit-risk--manual--first-try');
  });

  it('fit into 80 legal characters whatever they are made of, and stay different', () => {
    const long = 'p'.repeat(40);
    const made = [
      launchedRunId(long, 'object-created', '2026-11-21T06:00:00.000Z', 'a'),
      launchedRunId(long, 'object-created', '2026-11-21T06:00:00.000Z', 'b'),
      manualRunId(long, `${'n'.repeat(79)}1`),
      manualRunId(long, `${'n'.repeat(79)}2`),
      manualRunId(long, 'naïve name'),
    ];
    expect(new Set(made).size).toBe(made.length);
    for (const id of made) expect([id, isRunId(id)]).toEqual([id, true]);
    expect(isRunId('x'.repeat(81))).toBe(false);
    expect(isRunId('a/b')).toBe(false);
  });
});
