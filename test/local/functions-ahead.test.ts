import { FunctionsAhead } from '../../lib/local/stepfunctions/functions-ahead';
import type { Definition, StateDefinition } from '../../lib/local/stepfunctions/definition';

const call = (name: string, next?: string): StateDefinition => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: name },
  ...(next === undefined ? {} : { Next: next }),
});

const DEFINITION: Definition = {
  StartAt: 'begin',
  States: {
    finish: call('finish'),
    begin: call('begin', 'choice'),
    choice: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'both' }], Default: 'finish' },
    both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'a', States: { a: call('same', 'b'), b: call('other') } },
        { StartAt: 'c', States: { c: call('same') } },
      ],
      Next: 'each',
    },
    each: {
      Type: 'Map',
      ItemProcessor: { StartAt: 'i', States: { i: call('{% $chosen %}', 'j'), j: call('item', 'i') } },
      Next: 'finish',
    },
  },
};

describe('functions that an execution will call', () => {
  it('are told two before they are called, each once, in the order in which states are reached', () => {
    const told: (readonly string[])[] = [];
    const ahead = new FunctionsAhead(DEFINITION, (functions) => told.push(functions));
    ahead.started();
    for (const called of ['begin', 'same', 'other', 'finish', 'item', 'unknown']) ahead.called(called);
    expect(told).toEqual([
      ['begin', 'finish'],
      ['finish', 'same'],
      ['other', 'item'],
      ['item'],
      ['same', 'other'],
    ]);
  });
});
