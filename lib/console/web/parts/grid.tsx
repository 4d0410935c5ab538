/** Runs × tasks: one column for each run, one row for each task. */
import type { GridView, PipelineView } from '../../views/pipelines';
import { duration, shortTime, utc, words } from '../format';
import { useView } from '../live';
import { Link, place } from '../router';
import { Empty, Shown } from './states';
import { sign, statusClass } from './status';

export function Grid({ pipeline }: { readonly pipeline: PipelineView }) {
  const view = useView<GridView>(`/pipelines/${encodeURIComponent(pipeline.id)}/grid`);
  return (
    <Shown view={view}>
      {({ runs }) =>
        runs.length === 0 ? <Empty title="No runs yet." /> : <Table pipeline={pipeline} runs={runs} />
      }
    </Shown>
  );
}

function Table({ pipeline, runs }: { readonly pipeline: PipelineView; readonly runs: GridView['runs'] }) {
  const tasks = pipeline.tasks.map(({ id }) => id);
  const others = [...new Set(runs.flatMap((run) => Object.keys(run.tasks)))].filter(
    (id) => !tasks.includes(id),
  );
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Runs and tasks">
      <table class="grid">
        <thead>
          <tr>
            <th>Task</th>
            {runs.map((run) => (
              <th key={run.runId} scope="col">
                <Link
                  to={place('runs', run.runId)}
                  class={`cell ${statusClass(run.status)}`}
                  title={`${words(run.status)}\nlogical date ${shortTime(run.logicalDate)}\n${utc(run.logicalDate)}\n${run.runId}`}
                  aria-label={`Run for ${shortTime(run.logicalDate)}: ${words(run.status)}`}
                >
                  {sign(run.status)}
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...tasks, ...others].map((task) => (
            <tr key={task}>
              <th scope="row">{task}</th>
              {runs.map((run) => {
                const state = run.tasks[task];
                const status = state?.status ?? 'waiting';
                const label = `${task}, run for ${shortTime(run.logicalDate)}: ${words(status)}${state?.ms === null || state === undefined ? '' : `, ${duration(state.ms)}`}${(state?.attempt ?? 0) > 1 ? `, ${state?.attempt ?? 0} attempts` : ''}`;
                return (
                  <td key={run.runId}>
                    <Link
                      to={`${place('runs', run.runId)}?task=${encodeURIComponent(task)}`}
                      class={`cell ${statusClass(status)}`}
                      title={`${label}\nlogical date ${utc(run.logicalDate)}`}
                      aria-label={label}
                    >
                      {sign(status)}
                    </Link>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
