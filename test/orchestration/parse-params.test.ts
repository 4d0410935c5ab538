import { z } from 'zod';
import type { JsonObject } from '../../lib/model/json';
import { parseParams } from '../../lib/orchestration/parse-params';

const schema = z.toJSONSchema(
  z.object({
    source: z.string().min(1).default('raw/credit.csv').describe('Key of the file'),
    minimumAuc: z.number().min(0).max(1).default(0.7),
    metric: z.enum(['auc', 'f1']).default('auc'),
    owner: z.string(),
    nested: z.object({ rows: z.int() }).optional(),
  }),
  { io: 'input' },
) as JsonObject;

describe('params of a run', () => {
  it('have their defaults filled in', () => {
    expect(parseParams('credit', schema, { owner: 'ada', minimumAuc: 0.9 })).toEqual({
      source: 'raw/credit.csv',
      minimumAuc: 0.9,
      metric: 'auc',
      owner: 'ada',
    });
    expect(parseParams('credit', { type: 'object', properties: {} }, undefined)).toEqual({});
  });

  it('are refused with every fault at once, and with what there is to give', () => {
    const faulty = { minimumAuc: '0.9', metric: 'auk', treshold: 1, nested: { rows: 1.5 } };
    expect(() => parseParams('credit', schema, faulty)).toThrow(
      expect.objectContaining({
        name: 'Millrace.InvalidParams',
        message: [
          'The params of credit are wrong:',
          '  treshold: there is no such param, got 1',
          '  minimumAuc: expected number, got "0.9"',
          '  metric: Invalid option: expected one of "auc"|"f1", got "auk"',
          '  owner: expected string, got nothing',
          '  nested.rows: expected int, got 1.5',
          'It takes:',
          '  source: string, default "raw/credit.csv". Key of the file',
          '  minimumAuc: number from 0 to 1, default 0.7',
          '  metric: one of "auc", "f1", default "auc"',
          '  owner: string, required',
          '  nested: object, optional',
        ].join('\n'),
      }),
    );
  });

  it.each([['text'], [[1]], [7]])('that are no object are refused: %j', (params) => {
    expect(() => parseParams('credit', schema, params)).toThrow('(params): expected object');
  });
});
