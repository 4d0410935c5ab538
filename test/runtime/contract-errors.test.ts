import { z } from 'zod';
import { faultsOf } from '../../lib/runtime/contract-errors';

function faults(schema: z.ZodType, value: unknown): string {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('expected a fault');
  return faultsOf(parsed.error, value);
}

describe('faults of a contract', () => {
  it('say path, expectation and value', () => {
    const schema = z.object({
      files: z.array(z.object({ rows: z.int().max(10) })),
      mode: z.enum(['a', 'b']),
    });
    expect(faults(schema, { files: [{ rows: 1 }, { rows: 'many' }, { rows: 11 }], mode: 'c' })).toBe(
      [
        '  files[1].rows: expected number, got "many"',
        '  files[2].rows: Too big: expected number to be <=10, got 11',
        '  mode: Invalid option: expected one of "a"|"b", got "c"',
      ].join('\n'),
    );
    expect(faults(schema, undefined)).toBe('  (all of it): expected object, got nothing');
    expect(faults(z.object({ a: z.string() }), { a: { b: 1 } })).toContain('got an object with b');
    expect(faults(z.object({ a: z.string() }), {})).toContain('got nothing');
  });

  it('show nothing of what may be a secret', () => {
    const text = faults(z.object({ auth: z.object({ apiToken: z.number() }) }), {
      auth: { apiToken: 'hunter2' },
    });
    expect(text).toBe('  auth.apiToken: expected number, got a string that is not shown');
  });

  it('are cut: long values after 60 characters, long lists after 20 lines', () => {
    expect(faults(z.number(), 'x'.repeat(500))).toBe(
      `  (all of it): expected number, got "${'x'.repeat(59)}… (502 characters)`,
    );
    const lines = faults(
      z.array(z.number()),
      Array.from({ length: 25 }, () => 'x'),
    ).split('\n');
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('  and 5 more');
  });
});
