import { inputHash } from '../../lib/runtime/input-hash';

const marker = (key: string, sha256: string) => ({
  $offloaded: { bucket: 'b', key, sha256, bytes: 9, path: 'model' },
});

describe('the hash of an input', () => {
  it('depends neither on the order of keys nor on where a value lies', () => {
    expect(inputHash({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      inputHash({ b: { d: null, c: [1, 2] }, a: 1 }),
    );
    expect(inputHash({ m: marker('executions/run-1/x', 'abc') })).toBe(
      inputHash({ m: marker('executions/run-2/x', 'abc') }),
    );
  });

  it('depends on every value', () => {
    const hashes = [
      { a: [1, 2] },
      { a: [2, 1] },
      { a: 12 },
      { m: marker('k', 'abc') },
      { m: marker('k', 'abd') },
    ];
    expect(new Set(hashes.map(inputHash)).size).toBe(hashes.length);
  });
});
