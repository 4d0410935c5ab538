import fc from 'fast-check';
import { sortableDouble } from '../../lib/tracking/sortable-double';

describe('sortableDouble', () => {
  it('orders text as the doubles are ordered', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        const [x, y] = [sortableDouble(a), sortableDouble(b)];
        expect(x < y).toBe(a < b);
        expect(x === y).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [-Infinity, '000fffffffffffff'],
    [-Number.MAX_VALUE, '0010000000000000'],
    [-1, '400fffffffffffff'],
    [-0, '8000000000000000'],
    [0, '8000000000000000'],
    [Number.MIN_VALUE, '8000000000000001'],
    [1, 'bff0000000000000'],
    [Number.MAX_VALUE, 'ffefffffffffffff'],
    [Infinity, 'fff0000000000000'],
    [NaN, 'fff8000000000000'],
  ])('writes %d as %s', (value, text) => {
    expect(sortableDouble(value)).toBe(text);
  });
});
