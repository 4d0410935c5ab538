import { withinDeadline } from '../../lib/runtime/deadline';

describe('a deadline', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('lets work pass that is done in time, and leaves no timer behind', async () => {
    await expect(withinDeadline('t', 10_000, async () => 'done')).resolves.toBe('done');
    await expect(withinDeadline('t', 10_000, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    [300_000, 298_500],
    [5_000, 4_000],
  ])('of %d ms ends at %d ms, aborts the work and says what to do', async (limit, at) => {
    let signal: AbortSignal | undefined;
    let settled = false;
    const late = withinDeadline('train/forest', limit, (given) => {
      signal = given;
      return new Promise<void>(() => {});
    }).finally(() => (settled = true));
    const outcome = expect(late).rejects.toMatchObject({
      name: 'Millrace.TaskTimedOut',
      message: expect.stringMatching(
        `Task 'train/forest' timed out: it is not done after ${limit / 1000} s. Give it a longer timeout`,
      ) as unknown,
    });
    await jest.advanceTimersByTimeAsync(at - 1);
    expect([settled, signal?.aborted]).toEqual([false, false]);
    await jest.advanceTimersByTimeAsync(1);
    await outcome;
    expect(signal?.aborted).toBe(true);
  });
});
