import { didYouMean, suggest } from '../../lib/model/suggest';

describe('suggest', () => {
  it.each([
    ['credit-rsik', 'credit-risk'],
    ['credit', 'credit-risk'],
    ['chrun', 'churn'],
  ])('takes %s for a slip of %s', (typed, meant) => {
    expect(suggest(typed, ['churn', 'credit-risk'])).toBe(meant);
  });

  it('says nothing when nothing is near', () => {
    expect(suggest('forecast', ['churn', 'credit-risk'])).toBeUndefined();
    expect(didYouMean('forecast', ['churn'])).toBe('');
  });

  it('asks back in words', () => {
    expect(didYouMean('chrun', ['churn'])).toBe("Did you mean 'churn'? ");
  });
});
