import { alarmTopic, approval, athenaQuery, listObjects, pipeline, triggerPipeline } from '../../lib';
import type { Channel } from '../../lib/model/alerts';
import { alertsOf } from '../../lib/model/alerts-of';
import { checkPipeline } from '../../lib/model/check';

const model = (onFailure: readonly Channel[]) =>
  pipeline({ id: 'kinds', description: 'Kinds' }, () => {
    athenaQuery('count', { sql: 'SELECT 1', database: 'd', reads: ['raw/'] }, { retries: 2, onFailure });
    listObjects('list', { prefix: 'raw/' }, { onFailure });
    triggerPipeline('other', { pipeline: 'other', onFailure });
    approval('ask', { prompt: 'Go?', onFailure });
  }).model;

it('knows who is told of tasks of each kind', () => {
  expect(alertsOf(model([alarmTopic]))?.tasks).toEqual({
    count: { retries: 2, onFailure: [alarmTopic] },
    list: { retries: 0, onFailure: [alarmTopic] },
    other: { retries: 0, onFailure: [alarmTopic] },
    ask: { retries: 0, onFailure: [alarmTopic] },
  });
});

it('refuses a URL in the place of a secret, whatever the kind', () => {
  const found = checkPipeline(model([{ kind: 'slack', url: { secret: 'https://x', store: 'parameter' } }]));
  expect(found.flatMap(({ code, path }) => (code === 'MR230' ? [path] : []))).toEqual([
    'kinds / count',
    'kinds / list',
    'kinds / other',
    'kinds / ask',
  ]);
});
