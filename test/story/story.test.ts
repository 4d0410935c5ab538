/**
 * A quarter in the life of the churn model, on the virtual clock: nothing is made up but rows and labels. What has to hold is
 * read from the tables afterwards.
 *
 * `npx jest test/story` plays the days around a drift, MILLRACE_STORY=quarter three seeds over a quarter, MILLRACE_STORY=year a year.
 */
import { auditModel, type ModelAudit } from '../../lib/cli/model-audit';
import { readPipelineAudit } from '../../lib/orchestration/audit';
import { rocAuc } from '../../lib/ml/roc-auc';
import { columnsOf } from '../../lib/serving/check-records';
import { readLog } from '../../lib/serving/prediction-log';
import { loadModel } from '../../lib/serving/model-folder';
import { getVersion } from '../../lib/tracking/model-versions';
import { customers } from '../support/customers';
import type { PipelinesCloud } from '../support/pipelines-cloud';
import {
  dateOf,
  LATE_DAYS,
  playStory,
  START,
  startStory,
  type Played,
  type Plot,
} from '../support/story/play-story';
import { storyProject } from '../support/story/story-project';
import { servedAt, told, type Told } from '../support/story/told';
import { World } from '../support/story/world';

const DAY = 86_400_000;
const PIPELINES = ['churn', 'model-monitoring', 'model-retraining', 'model-deployment'];

/** Days from the onset of a drift until it must be found. */
const FOUND_WITHIN = 2;
/** AUC by which a champion may be worse than the one before it on a hold-out that neither has seen. */
const NEVER_WORSE_BY = 0.05;
/** Days of which predictions and labels are known to a retraining. */
const KNOWN_DAYS = 7;
/** Days from the onset of a drift until a champion must be worth again what it was, but for so much of AUC. */
const LEARNED_WITHIN = 5;
const BUT_FOR = 0.05;

interface Story {
  readonly name: string;
  readonly seed: number;
  readonly days: number;
  readonly drifts: readonly number[];
  readonly gap?: readonly [number, number];
  readonly shuffled?: number;
}

const length = process.env['MILLRACE_STORY'] ?? 'days';
const STORIES: readonly Story[] =
  length === 'quarter'
    ? [
        ...[1, 2, 3].map((seed) => ({
          name: `a quarter, seed ${seed}`,
          seed,
          days: 90,
          drifts: [30],
          gap: [12, 14] as const,
          shuffled: 60,
        })),
        { name: 'a quarter without drift', seed: 4, days: 90, drifts: [] },
      ]
    : length === 'year'
      ? [{ name: 'a year', seed: 5, days: 365, drifts: [60, 200, 300], gap: [20, 25], shuffled: 150 }]
      : [{ name: 'nine days', seed: 1, days: 9, drifts: [4], gap: [2, 3], shuffled: 9 }];

/** `<pipeline>--<trigger>--<logical date>-<hash>` */
const dateIn = (runId: string) => runId.split('--')[2]?.slice(0, 16);

const project = storyProject();
afterAll(() => project.remove());

describe.each(STORIES)('$name', (story) => {
  const { seed, days, drifts, gap, shuffled } = story;
  const world = new World({ seed, drifts });
  const after = days + 2;
  const onset = drifts[0] ?? after;
  let at: PipelinesCloud;
  let played: Played;
  let tale: Told;

  beforeAll(
    async () => {
      const started = await startStory(project.root);
      at = started.at;
      const plot: Plot = {
        days,
        world,
        ...(gap === undefined ? {} : { gap }),
        ...(shuffled === undefined ? {} : { shuffled }),
      };
      played = await playStory(at, started.clock, plot);
      tale = await told(PIPELINES);
    },
    length === 'days' ? 1_800_000 : 12 * 3_600_000,
  );
  afterAll(async () => at.stop());

  const instant = (day: number) => new Date(START + day * DAY).toISOString();
  /** The last midnight at which everything was still as it had been on a day. */
  const dayOf = (iso: string) => Math.floor((Date.parse(iso) - START) / DAY);

  it('runs every pipeline at its time', () => {
    const scheduled = (pipeline: string) => tale.of(pipeline).filter(({ trigger }) => trigger === 'schedule');
    // Midnight follows the last day; the first day has nothing to look at.
    expect(scheduled('model-monitoring').map(({ startedAt }) => startedAt.slice(0, 10))).toEqual(
      Array.from({ length: days }, (_, i) => dateOf(i + 2)),
    );
    expect(scheduled('churn')).toHaveLength(days - 1);
    expect(tale.runs.filter(({ status }) => status !== 'success')).toEqual([]);
  });

  it('finds a drift soon, and retrains after it only', () => {
    const drifted = tale
      .of('model-monitoring')
      .filter(({ outputs }) => outputs['drift/compare']?.['drifted'] === true)
      .map(({ dataIntervalEnd }) => dataIntervalEnd);
    expect(drifted.filter((end) => end <= instant(onset))).toEqual([]);
    for (const day of drifts) {
      const found = drifted.find((end) => end > instant(day));
      expect(found === undefined ? 'never' : dayOf(found) - day).toBeLessThanOrEqual(FOUND_WITHIN);
    }
    const retrained = tale.of('model-retraining');
    expect(retrained.filter(({ startedAt }) => startedAt <= instant(onset))).toEqual([]);
    // Each was started by a run of monitoring, and by its date.
    const asked = tale.of('model-monitoring').filter(({ tasks }) => tasks['retrain'] === 'success');
    expect(retrained.map(({ runId, trigger }) => [trigger, dateIn(runId)])).toEqual(
      asked.map(({ runId }) => ['pipeline', dateIn(runId)]),
    );
    expect(retrained.length > 0).toBe(drifts.length > 0);
    // Each drift: one of the trainings that it started became champion.
    const won = retrained.filter(({ tasks }) => tasks['promote'] === 'success');
    for (const [i, day] of drifts.entries())
      expect(
        won.filter(
          ({ startedAt }) => startedAt > instant(day) && startedAt < instant(drifts[i + 1] ?? after),
        ),
      ).not.toEqual([]);
  });

  it('has no champion that is worse than the one before by more than a little', async () => {
    const moves = tale.events.filter(({ alias }) => alias?.name === 'champion');
    expect(moves.length).toBeGreaterThanOrEqual(1 + drifts.length);
    const worse = [];
    for (const { at: when, alias } of moves) {
      if (typeof alias?.from !== 'string' || alias.to === null) continue;
      const known = knownTo(alias.to, dayOf(when));
      const now = await aucOf(alias.to, known);
      const before = await aucOf(alias.from, known);
      if (before - now > NEVER_WORSE_BY) worse.push({ when, from: alias.from, to: alias.to, before, now });
    }
    expect(worse).toEqual([]);
  });

  if (drifts.length > 0)
    it('has a champion that has learned each drift, some days later', async () => {
      const championOn = (day: number) =>
        tale.events.findLast(({ at: when, alias }) => alias?.name === 'champion' && when <= instant(day))
          ?.alias?.to;
      const learned = [];
      for (const onset of drifts) {
        const day = onset + LEARNED_WITHIN;
        const was = await aucOf(championOn(onset) ?? '', [onset - 1]);
        const now = await aucOf(championOn(day) ?? '', [day]);
        learned.push({ onset, was, now, enough: was - now <= BUT_FOR });
      }
      expect(learned.filter(({ enough }) => !enough)).toEqual([]);
    });

  it('answers with the version that the changes of the endpoint say', async () => {
    let duringShifts = 0;
    for (const { day, during, versions } of played.answered) {
      const time = START + day * DAY + (during === 'day' ? 12 * 3_600_000 : 2 * 60_000);
      const { stable, candidate } = servedAt(tale.changes, time);
      expect({ day, versions: versions.filter((one) => one !== stable && one !== candidate) }).toEqual({
        day,
        versions: [],
      });
      if (candidate !== null) duringShifts += versions.filter((one) => one === candidate).length;
      if (during === 'day') expect([day, versions]).toEqual([day, [stable]]);
    }
    // Retraining brings a version in while clients ask.
    if (drifts.length > 0) expect(duringShifts).toBeGreaterThan(0);
    // Every request has its lines in the log, and no more.
    const logged = await readLog(at.objects, 'churn', instant(0), instant(days + 1));
    const asked = played.answered.map(({ during, versions }) => (during === 'day' ? 250 : versions.length));
    expect(logged).toHaveLength(asked.reduce((sum, rows) => sum + rows, 0));
  });

  if (shuffled !== undefined)
    it('takes back what was trained on shuffled labels, with nobody asking for it', async () => {
      const { bad = '' } = played;
      const [trained] = tale.of('churn').filter(({ outputs }) => outputs['register']?.['version'] === bad);
      expect(trained?.tasks).toMatchObject({ promote: 'skipped', alert: 'success' });
      expect(await aucOf(bad, [shuffled])).toBeLessThan(0.65);
      const deployed = tale.changes.findIndex(({ to, action }) => to === bad && action === 'deploy');
      const [change, back] = tale.changes.slice(deployed);
      expect(change?.by).not.toMatch(/^arn:/);
      expect(servedAt(tale.changes, START + (shuffled + 0.5) * DAY).stable).toBe(bad);
      expect(back).toMatchObject({ action: 'rollback', from: bad, to: change?.from });
      expect(back?.by).toContain(':execution:millrace-dev-model-monitoring:');
      expect(back?.at.slice(0, 10)).toBe(dateOf(shuffled + 1));
      expect(at.subjects()).toContain(`churn: version ${bad} was rolled back`);
    });

  if (gap !== undefined)
    it('repairs a gap by a backfill', async () => {
      const [from, to] = gap;
      const repaired = tale
        .of('churn')
        .filter(({ startedAt }) => startedAt >= instant(from) && startedAt < instant(to + 1));
      expect(repaired.map(({ status }) => status)).toEqual(
        Array.from({ length: to - from + 1 }, () => 'success'),
      );
      // They had failed, and people were told.
      expect(at.subjects()).toContain('ALARM: "millrace-dev-churn-failed"');
      const [entry] = (await readPipelineAudit('churn')).filter(({ action }) => action === 'backfill');
      expect(entry).toMatchObject({ by: 'operator', why: 'the export was cut off' });
      expect(entry?.at.slice(0, 10)).toBe(dateOf(to + 1));
    });

  it('rings no alarm but for the runs that failed', () => {
    const rang = at.subjects().filter((subject) => subject.startsWith('ALARM'));
    const failures = gap === undefined ? 0 : gap[1] - gap[0] + 1;
    expect(rang).toEqual(Array.from({ length: failures }, () => 'ALARM: "millrace-dev-churn-failed"'));
    // Each went out again.
    expect(at.cloud.alarms().filter(({ state }) => state === 'ALARM')).toEqual([]);
  });

  it('has an audit trail that is what happened, no more and no less', async () => {
    const byTask = (task: string, output: string) =>
      [...tale.of('churn'), ...tale.of('model-retraining')].flatMap(({ tasks, outputs }) =>
        tasks[task] === 'success' ? [String(outputs[task]?.[output])] : [],
      );
    const ofAction = (action: string) => tale.events.filter((event) => event.action === action);
    expect(
      ofAction('create')
        .map(({ version }) => version)
        .sort(),
    ).toEqual(byTask('register', 'version').sort());
    expect(
      ofAction('promote')
        .map(({ version }) => version)
        .sort(),
    ).toEqual(byTask('promote', 'version').sort());
    const moved = tale.events.flatMap(({ alias }) => (alias?.name === 'champion' ? [alias.to] : []));
    // Each move of the champion started one deployment, and no other was started.
    expect(tale.of('model-deployment').map(({ params, trigger }) => [trigger, params['version']])).toEqual(
      moved.map((version) => ['alias-moved', version]),
    );
    // One after the other: those of a year together would keep thousands of requests waiting.
    const stories: ModelAudit[] = [];
    for (const { version } of tale.versions) stories.push(await auditModel('churn', version));
    const entry = ({ at: when, by, reason }: { at: string; by: string; reason: string }) =>
      [when, by, reason].join('|');
    const expected = [
      ...tale.events.flatMap((event) => {
        const concerned = [event.version, event.alias?.from, ...(event.archived ?? [])];
        return [...new Set(concerned.filter((version) => typeof version === 'string' && version !== ''))].map(
          (version) => `${version}: ${entry(event)}`,
        );
      }),
      ...tale.changes.flatMap((change) =>
        [...new Set([change.from, change.to])].flatMap((version) =>
          version === null ? [] : [`${version}: ${entry(change)}`],
        ),
      ),
    ];
    const told = stories.flatMap(({ version: { version }, story: lines }) =>
      lines.map((line) => `${version}: ${entry(line)}`),
    );
    expect(told.sort()).toEqual(expected.sort());
  }, 600_000);

  /** Days whose customers a version was trained and judged by: just after a drift most of them are as they had been. */
  function knownTo(version: string, day: number): number[] {
    const exported = tale.of('churn').some(({ outputs }) => outputs['register']?.['version'] === version);
    if (exported) return [Math.max(0, day - LATE_DAYS)];
    return Array.from({ length: Math.min(KNOWN_DAYS, day) }, (_, i) => day - 1 - i);
  }

  const scores = new Map<string, number>();
  /** AUC on customers as they are on some days, as many of each. */
  async function aucOf(version: string, days: readonly number[]): Promise<number> {
    const key = `${version}/${days.join()}`;
    const known = scores.get(key);
    if (known !== undefined) return known;
    const each = Math.floor(Math.min(1500, customers().length) / days.length);
    const rows = days.flatMap((day) => world.customers(day, each, 'hold-out'));
    const model = await loadModel(at.objects, await getVersion('churn', version));
    const predictions = model.score(
      columnsOf(
        rows.map(({ fields }) => fields),
        model.signature,
      ),
    );
    const auc = rocAuc(
      Int32Array.from(rows, ({ churn }) => churn),
      Float64Array.from(predictions, (prediction) => Number(prediction['probability_1'])),
    );
    scores.set(key, auc);
    return auc;
  }
});
