/** What the API tells and each page must show. One list holds what stands in one place: a row, a card, a fact, a box of a graph. */
import type { CostsView } from '../../../lib/console/views/costs';
import type { DatasetCheck, FeatureGroupView } from '../../../lib/console/views/data';
import type { GatesView } from '../../../lib/console/views/gates';
import type { DatasetRow, DatasetView, EndpointView, ModelCardView } from '../../../lib/console/views/models';
import type { ModelRow, ModelView } from '../../../lib/console/views/models';
import type { OperationsView } from '../../../lib/console/views/operations';
import type {
  DefinitionView,
  GridView,
  PipelineList,
  PipelineView,
} from '../../../lib/console/views/pipelines';
import type { RunPage, RunRow } from '../../../lib/console/views/run-rows';
import type { LogView, RunDetail, TaskDetail, TaskStateView } from '../../../lib/console/views/runs';
import type {
  ArtifactPreview,
  CompareView,
  ExperimentRow,
  SignatureView,
  TrackedDetail,
  TrackedPage,
} from '../../../lib/console/views/tracking';
import type { WatchView } from '../../../lib/console/views/watch';
import type { Json } from '../../../lib/model/json';
import { duration, money, number, percent, shortRunId, words } from '../../../lib/console/web/format';
import type { ConsoleClient } from './console-client';
import type { Places } from './read-places';
import type { Samples } from './sample-project';

type Values = (api: ConsoleClient, samples: Samples) => Promise<Places>;

const some = (value: string | null | undefined): string[] =>
  value === null || value === undefined ? [] : [value];
const lengthOf = ({ startedAt, endedAt }: RunRow): string[] =>
  endedAt === undefined ? [] : [duration(Date.parse(endedAt) - Date.parse(startedAt))];
const runRow = (run: RunRow): string[] => [
  shortRunId(run.runId),
  words(run.status),
  run.logicalDate,
  run.startedAt,
  ...lengthOf(run),
];
const boxOf = ({ id, status, durationMs }: TaskStateView): string[] => [
  `${id}: ${words(status)}${durationMs === null ? '' : `, ${duration(durationMs)}`}`,
];
const membersOf = (value: Json): string[][] =>
  Object.entries(value ?? {}).map(([name, member]) => [
    typeof member === 'object' && member !== null ? `${name}: ` : `${name}: ${JSON.stringify(member)}`,
  ]);
const columnsOf = (signature: SignatureView | null | undefined): string[][] =>
  [...(signature?.inputs ?? []), ...(signature?.outputs ?? [])].map(({ name, type, required }) => [
    name,
    required ? type : `${type}, optional`,
  ]);

const ofRun =
  (id: (samples: Samples) => string, places: (run: RunDetail) => Places): Values =>
  async (api, samples) =>
    places(await api.get<RunDetail>(`/runs/${id(samples)}`));
const ofTask =
  (places: (task: TaskDetail) => Places, run: (samples: Samples) => string): Values =>
  async (api, samples) =>
    places(await api.get<TaskDetail>(`/runs/${run(samples)}/task?task=book`));
const ofOrders =
  <T>(part: string, places: (view: T) => Places): Values =>
  async (api) =>
    places(await api.get<T>(`/pipelines/orders${part}`));
const ofModel =
  <T>(part: string, places: (view: T) => Places): Values =>
  async (api) =>
    places(await api.get<T>(`/models/prices${part}`));
const comparing =
  (places: (view: CompareView) => Places): Values =>
  async (api, { tracked }) =>
    places(await api.get<CompareView>(`/compare?${tracked.map((id) => `run=${id}`).join('&')}`));
const previewOf =
  (file: string, places: (view: ArtifactPreview) => Places): Values =>
  async (api, { tracked }) =>
    places(await api.get<ArtifactPreview>(`/tracked/${tracked[0]}/preview?path=${encodeURIComponent(file)}`));
const metricNames = ({ curves }: CompareView): string[] => [...new Set(curves.map(({ metric }) => metric))];

/** By the names of `PAGES`. */
export const VALUES: Readonly<Record<string, Values>> = {
  pipelines: async (api) => {
    const { pipelines, faults } = await api.get<PipelineList>('/pipelines');
    return [
      ...pipelines.map((row) => [
        row.id,
        row.description,
        row.schedule,
        ...some(row.nextRun),
        ...some(row.owner),
        ...row.tags,
        ...(row.paused ? [`Paused by ${row.pausedBy}: ${row.pausedWhy}`] : []),
        `${percent(row.successRate)} succeeded`,
        `median ${duration(row.medianMs)}`,
        row.recent.length === 0 ? 'no runs yet' : `The latest ${row.recent.length} runs`,
        ...row.recent.flatMap((run) => [words(run.status), `${run.startedAt} UTC`, ...lengthOf(run)]),
      ]),
      ...faults.map(({ file, line, code, message, hint }) => [`${file}:${line}`, code, message, hint]),
    ];
  },
  pipeline: ofOrders('', (view: PipelineView) => [
    ['Schedule', view.schedule],
    ['Next run', ...some(view.nextRun)],
    ['Succeeded', percent(view.successRate)],
    ['Median', duration(view.medianMs)],
    ['At once', `at most ${view.maxActiveRuns}`],
    ['Owner', ...some(view.owner)],
    ['Tags', ...view.tags],
    ['Defined in', view.file],
    ...(view.latest?.tasks ?? []).map(boxOf),
  ]),
  grid: ofOrders('/grid', (view: GridView) =>
    view.runs.flatMap((run) =>
      Object.entries(run.tasks).map(([task, { status, ms }]) => [
        `${task}, run for `,
        `: ${words(status)}${ms === null ? '' : `, ${duration(ms)}`}`,
        `${run.logicalDate} UTC`,
      ]),
    ),
  ),
  'pipeline-runs': async (api) => (await api.get<RunPage>('/runs?pipeline=orders')).runs.map(runRow),
  trend: async (api) => {
    const { runs } = await api.get<RunPage>('/runs?pipeline=orders');
    return [
      [`Duration of ${runs.length} runs`],
      [`${runs[0]?.logicalDate.slice(0, 10)}: ${runs.length} runs, failed`],
    ];
  },
  cost: ofOrders('/costs', (view: CostsView) => [
    ['Median of a run', money(view.median)],
    [`The latest ${view.runs.length} together`, money(view.sum)],
    ...view.runs.map((run) => [run.runId, words(run.status), run.startedAt, money(run.cost)]),
  ]),
  plan: ofOrders('', (view: PipelineView) => view.tasks.map(({ id }) => [id])),
  definition: ofOrders('/definition', (view: DefinitionView) => [
    ['Machine', view.machine],
    ['Made', ...some(view.updatedAt)],
    some(view.source),
  ]),
  runs: async (api) =>
    (await api.get<RunPage>('/runs')).runs
      .filter((run) => run.status !== 'running')
      .map((run) => [...runRow(run), run.pipeline]),
  run: ofRun(
    ({ succeeded }) => succeeded,
    (run) => [
      ['Logical date', run.logicalDate],
      ['Started', run.startedAt],
      ['Took', ...lengthOf(run)],
      ['Trigger', run.trigger],
      ['Executions', String(run.executions), run.execution],
      ['Commit', run.commit.slice(0, 8)],
      ...run.tasks.map(boxOf),
    ],
  ),
  gantt: ofRun(
    ({ succeeded }) => succeeded,
    (run) =>
      run.tasks
        .filter(({ startedAt, endedAt }) => startedAt !== null && endedAt !== null)
        .map((task) => [
          `${task.id}: ${words(task.status)}, ${duration(Date.parse(task.endedAt ?? '') - Date.parse(task.startedAt ?? ''))} from`,
          `waited ${duration(task.waitedMs)}${task.critical ? ', on the critical path' : ''}`,
          `${task.startedAt} UTC`,
        ]),
  ),
  'failed-run': ofTask(
    ({ state, remedy, attempts }) => [
      [...some(state.error?.name), ...some(state.error?.message), ...some(remedy)],
      ...attempts.map(({ outcome, startedAt, error, remedy: forIt, input }) => [
        words(outcome),
        startedAt,
        ...some(error?.name),
        ...some(error?.message),
        ...some(forIt),
        ...membersOf(input).flat(),
      ]),
    ],
    ({ failed }) => failed,
  ),
  tasks: ofRun(
    ({ succeeded }) => succeeded,
    (run) =>
      run.tasks.map((task) => [
        task.id,
        words(task.status),
        ...some(task.startedAt),
        duration(task.waitedMs),
        duration(task.durationMs),
        ...(task.memoryMb === null ? [] : [`${task.memoryMb} MB`]),
      ]),
  ),
  audit: ofRun(
    ({ succeeded }) => succeeded,
    (run) => run.audit.map(({ at, by, action }) => [at, by, action]),
  ),
  'task-input': ofTask(
    ({ input }) => membersOf(input),
    ({ succeeded }) => succeeded,
  ),
  'task-output': ofTask(
    ({ output }) => membersOf(output),
    ({ succeeded }) => succeeded,
  ),
  log: async (api, { failed }) =>
    (await api.get<LogView>(`/runs/${failed}/logs`)).lines.map(({ time, task, level, text }) => [
      `${time} UTC`,
      task,
      level,
      text,
    ]),
  params: ofRun(
    ({ failed }) => failed,
    (run) => membersOf(run.params),
  ),
  approval: ofRun(
    ({ asking }) => asking,
    (run) =>
      run.approvals.map(({ task, prompt, requestedAt, expiresAt }) => [task, prompt, requestedAt, expiresAt]),
  ),
  experiments: async (api) =>
    (await api.get<{ experiments: readonly ExperimentRow[] }>('/experiments')).experiments.map(
      ({ id, name, createdAt }) => [name, `number ${id}`, createdAt],
    ),
  experiment: async (api, { experiment }) =>
    (await api.get<TrackedPage>(`/experiments/${experiment}`)).runs.map((run) => [
      run.name,
      run.status.toLowerCase(),
      run.startedAt,
      ...Object.values(run.metrics).map(number),
    ]),
  tracked: async (api, { tracked }) => {
    const run = await api.get<TrackedDetail>(`/tracked/${tracked[0]}`);
    return [
      ['Started', run.startedAt],
      ['Run id', run.runId],
      ['Registered', ...run.versions.map(({ name, version, stage }) => `${name} ${version} (${stage})`)],
      ...Object.entries({ ...run.metrics, ...run.params }).map(([name, value]) => [name, number(value)]),
    ];
  },
  table: previewOf('table.csv', ({ columns = [], rows = [] }) => [
    columns,
    ...rows.map((row) => row.map((cell) => (cell === null ? 'null' : String(cell)))),
  ]),
  compare: comparing(({ runs }) =>
    [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))].map((name) => [
      name,
      ...runs.map(({ metrics }) => number(metrics[name])),
    ]),
  ),
  curves: comparing((view) =>
    metricNames(view).map((name) => [`${name} by step of ${view.runs.length} runs`]),
  ),
  parallel: comparing(({ runs }) => [
    [`Parallel coordinates of ${runs.length} runs`, ...Object.keys(runs[0]?.metrics ?? {})],
  ]),
  scatter: comparing(({ runs }) => [[` of ${runs.length} runs`]]),
  models: async (api) =>
    (await api.get<{ models: readonly ModelRow[] }>('/models')).models.map((model) => [
      model.name,
      model.description,
      `${model.versions} versions`,
      model.updatedAt,
      ...Object.entries(model.aliases).map((one) => one.join(' ')),
      ...Object.entries(model.latest).map((one) => one.join(': ')),
    ]),
  model: ofModel('', (view: ModelView) =>
    view.list.map((version) => [
      version.version,
      version.description,
      version.stage,
      version.createdAt,
      ...version.aliases,
      ...Object.values(version.metrics).map(number),
    ]),
  ),
  card: ofModel('/card?version=2', ({ signature }: ModelCardView) => [
    ...columnsOf(signature),
    ['Model card of version 2'],
  ]),
  signature: previewOf('artifacts/model/MLmodel', ({ signature }) => columnsOf(signature)),
  endpoints: ofModel('/endpoints', ({ endpoints }: { readonly endpoints: readonly EndpointView[] }) =>
    endpoints.flatMap(({ endpoint, traffic, changes }) => [
      [endpoint],
      ...traffic.map(({ version, role, share }) => [`version ${version}`, role, percent(share)]),
      ...changes.map(({ at, action, from, to, reason }) => [at, action, `${from} → ${to}`, reason]),
    ]),
  ),
  gates: ofModel('/gates?version=2', ({ results }: GatesView) =>
    results.map(({ gate, passed, value, limit, detail }) => [
      gate,
      passed ? 'yes' : 'no',
      `${value ?? ''}`,
      `${limit ?? ''}`,
      detail,
    ]),
  ),
  drift: ofModel('/watch', ({ series }: WatchView) =>
    series.map(({ pipeline, task, points }) => {
      const last = points.at(-1);
      return [
        'Share of features that drifted',
        `by ${pipeline}, ${task}`,
        ...(last === undefined ? [] : [last.alarmed ? 'alarm' : 'well', last.reason, last.logicalDate]),
        `${points.length} values, ${points.filter(({ alarmed }) => alarmed).length} with an alarm`,
      ];
    }),
  ),
  history: ofModel('', ({ history }: ModelView) =>
    history.map(({ at, version, what, reason }) => [at, version, what, reason]),
  ),
  data: async (api) => [
    ...(await api.get<{ datasets: readonly DatasetRow[] }>('/datasets')).datasets.map((one) => [
      one.name,
      String(one.versions),
      ...some(one.usedAt),
      one.digest.slice(0, 12),
    ]),
    ...(await api.get<{ groups: readonly FeatureGroupView[] }>('/feature-groups')).groups.map((group) => [
      group.name,
      ...group.entity,
      ...group.features.flatMap(({ name, type }) => [name, type]),
    ]),
  ],
  dataset: async (api) => [
    ...(await api.get<DatasetView>('/datasets/houses')).versions.flatMap(({ id, source, users }) => [
      [id.slice(0, 16)],
      [source],
      ...users.map((user) => [user.name, user.context, user.experiment, user.startedAt]),
    ]),
    ...(await api.get<{ checks: readonly DatasetCheck[] }>('/datasets/houses/checks')).checks.map((check) => [
      check.logicalDate,
      `${check.kind} by ${check.pipeline}, ${check.task}`,
      ...(check.passed === null ? [] : [check.passed ? 'yes' : 'no']),
      check.summary,
      number(check.rows),
      check.dataset.slice(0, 12),
    ]),
  ],
  operations: async (api) => {
    const view = await api.get<OperationsView>('/operations');
    return [
      ...view.approvals.map(({ runId, prompt }) => [runId, prompt]),
      ...view.running.map(({ runId, status }) => [runId, words(status)]),
      ...view.sensors.map(({ runId, task, missing }) => [runId, task, missing]),
      ...view.pools.map(({ pool, holders, waiting }) => [
        `${pool}: ${holders.length} slot taken, ${waiting.length} waiting`,
        ...[...holders, ...waiting].flatMap(({ task, since }) => [task, since]),
      ]),
      ...view.notifications.map(({ at, subject, pipeline }) => [at, subject, pipeline]),
      ...view.audit.map(({ at, by, action, why }) => [at, by, action, ...some(why)]),
    ];
  },
};
