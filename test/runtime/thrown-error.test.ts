import { DoNotRetry } from '../../lib/model/errors';
import { ChampionChanged } from '../../lib/tracking/promotion';
import { ObjectNotFound } from '../../lib/aws/object-errors';
import { thrownError } from '../../lib/runtime/thrown-error';

class Own extends DoNotRetry {
  override readonly name = 'Acme.BadLuck';
}

describe('an error as it leaves the function', () => {
  it('keeps a name that machines know, and the name of what may be retried', () => {
    const known = new ChampionChanged('moved');
    expect(thrownError(known)).toBe(known);
    const passing = new TypeError('oops');
    expect(thrownError(passing)).toBe(passing);
  });

  it('has the common name, and its own in front of the message, when a retry cannot mend it', () => {
    expect(thrownError(new Own('no more'))).toMatchObject({
      name: 'Millrace.DoNotRetry',
      message: 'Acme.BadLuck: no more',
    });
    expect(thrownError(new ObjectNotFound('b', 'raw/x.csv'))).toMatchObject({
      name: 'Millrace.DoNotRetry',
      message: expect.stringContaining(
        'Millrace.ObjectNotFound: There is no object s3://b/raw/x.csv',
      ) as unknown,
    });
  });

  it.each([
    ['text', '"text"'],
    [{ code: 7 }, '{"code":7}'],
    [undefined, 'undefined'],
    [10n, 'a value of type bigint'],
  ])('is an Error when %p was thrown', (thrown, shown) => {
    const error = thrownError(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(`The handler threw ${shown} instead of an Error.`);
  });
});
