import { z } from 'zod';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { ingestCsv, notify, prepareFeatures } from '../../lib/dsl/tasks';
import { checkPipeline } from '../../lib/model/check';
import { edgesOf } from '../../lib/model/edges';

const base = { id: 'demo', description: 'A demonstration' };

describe('the builders', () => {
  it('take dependencies from references, templates and .after()', () => {
    const { model } = pipeline(
      { ...base, params: z.object({ source: z.string().default('raw/x.csv') }) },
      ({ params }) => {
        const raw = ingestCsv('ingest', { source: params.source, name: 'x' });
        notify('tell', { subject: 'rows', text: text`There are ${raw.dataset.rows} rows` });
        notify('last', { subject: 'end', text: 'end' }).after(raw);
      },
    );
    expect(edgesOf(model)).toEqual([
      { from: 'ingest', to: 'tell' },
      { from: 'ingest', to: 'last' },
    ]);
    expect(checkPipeline(model)).toEqual([]);
  });

  it('refuse at the keyboard what does not fit', () => {
    const { model } = pipeline(base, () => {
      const raw = ingestCsv('ingest', { source: 'raw/x.csv', name: 'x' });
      // @ts-expect-error a number where a text is wanted
      notify('tell', { subject: raw.dataset.rows, text: 'x' });
      // @ts-expect-error there is no such output
      void raw.nothing;
      // @ts-expect-error 'target' is missing
      prepareFeatures('features', { dataset: raw.dataset });
    });
    expect(
      checkPipeline(model)
        .map((d) => d.code)
        .sort(),
    ).toEqual(['MR140', 'MR141']);
  });

  it('throw with the place when a reference is used as a value', () => {
    expect(() =>
      pipeline(base, () => {
        const raw = ingestCsv('ingest', { source: 'raw/x.csv', name: 'x' });
        notify('tell', { subject: 'x', text: `rows: ${String(raw.dataset.rows)}` });
      }),
    ).toThrow(/ingest\.dataset\.rows has no value yet \(test\/dsl\/pipeline\.test\.ts:\d+\)/);
  });

  it('name what is in a group with the group', () => {
    const { model } = pipeline(base, ({ group }) =>
      group('tell', () => notify('all', { subject: 'x', text: 'x' })),
    );
    expect(model.tasks[0]).toMatchObject({ id: 'tell/all', group: 'tell' });
    expect(model.groups).toEqual(['tell']);
  });
});

describe('checkPipeline', () => {
  it('tells all faults at once', () => {
    const { model } = pipeline(
      {
        ...base,
        id: 'Not Good',
        schedule: { kind: 'cron', expression: '61 * * * *', timeZone: 'Mars/Base' },
      },
      () => {
        notify('a', { subject: 'x', text: '/home/me/file.csv' }, { timeout: 2000, memoryMb: 64 });
        notify('a', { subject: 'x', text: 'x' });
      },
    );
    const codes = checkPipeline(model).map((diagnostic) => diagnostic.code);
    expect(codes.sort()).toEqual(['MR101', 'MR103', 'MR150', 'MR151', 'MR160', 'MR170', 'MR171']);
  });

  it('shows a circle', () => {
    const { model } = pipeline(base, () => {
      const a = notify('a', { subject: 'x', text: 'x' });
      const b = notify('b', { subject: 'x', text: 'x' }).after(a);
      a.after(b);
    });
    expect(checkPipeline(model).map((diagnostic) => diagnostic.message)).toEqual([
      'The tasks wait for each other in a circle: a -> b -> a.',
    ]);
  });

  it('knows the outputs and the params', () => {
    const { model } = pipeline(base, ({ params }) => {
      const raw = ingestCsv('ingest', { source: (params as Record<string, never>)['nope'] ?? '', name: 'x' });
      notify('tell', {
        subject: 'x',
        text: text`${(raw.dataset as unknown as Record<string, unknown>)['colour']}`,
      });
    });
    expect(
      checkPipeline(model)
        .map((diagnostic) => diagnostic.code)
        .sort(),
    ).toEqual(['MR121', 'MR122']);
  });
});
