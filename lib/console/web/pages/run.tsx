/** One run: what happens now, how long things took, and what can be done about it. */
import { useState } from 'preact/hooks';
import type { RunDetail } from '../../views/runs';
import { useView } from '../live';
import { ApprovalCard } from '../parts/approval';
import { RunCost } from '../parts/cost';
import { Fact } from '../parts/fact';
import { Gantt } from '../parts/gantt';
import { Graph } from '../parts/graph';
import { JsonView } from '../parts/json-view';
import { LogPanel } from '../parts/log-panel';
import { RunActions } from '../parts/run-actions';
import { Empty, Loading, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { TaskPanel } from '../parts/task-panel';
import { TaskTable } from '../parts/task-table';
import { Length, Time, useNow } from '../parts/time';
import { AuditTable } from '../parts/audit-table';
import { urlOf, pathOf } from '../api';
import { Link, place, setQuery } from '../router';
import { useTitle } from '../title';

export function RunPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  useTitle(`Run ${id}`);
  const view = useView<RunDetail>(`/runs/${encodeURIComponent(id)}`);
  const [opened] = useState(() => Date.now());
  const young = useNow(1000, view.error !== undefined) - opened < PATIENCE_MS;
  // Between the start of a run and its first state nothing is recorded.
  if (view.error?.status === 404 && young)
    return (
      <>
        <div class="head">
          <h1 class="mono-title">{id}</h1>
        </div>
        <p class="hint">Nothing is known of this run yet.</p>
        <Loading />
      </>
    );
  return <Shown view={view}>{(run) => <Run run={run} query={query} />}</Shown>;
}

const PATIENCE_MS = 6000;

function Run({ run, query }: { readonly run: RunDetail; readonly query: URLSearchParams }) {
  const selected = query.get('task');
  const select = (task: string | null) => setQuery({ task });
  const choose = (task: string) => select(task === selected ? null : task);
  const failed = run.tasks.find((task) => task.status === 'failed');
  const pending = run.approvals.filter(({ state }) => state === 'pending');
  return (
    <>
      <p class="crumbs">
        <Link to={place('pipelines')}>Pipelines</Link> /{' '}
        <Link to={place('pipelines', run.pipeline)}>{run.pipeline}</Link> /
      </p>
      <div class="head">
        <h1 class="mono-title">{run.runId}</h1>
        <Status of={run.status} />
        <RunActions run={run} />
      </div>
      <dl class="facts">
        <Fact name="Logical date">
          <Time at={run.logicalDate} style="long" />
        </Fact>
        <Fact name="Started">
          <Time at={run.startedAt} style="long" />
        </Fact>
        <Fact name="Took">
          <Length from={run.startedAt} to={run.endedAt} />
        </Fact>
        <Fact name="Trigger">{run.trigger}</Fact>
        <Fact name="Executions">
          {run.executionUrl === null ? (
            <span title={run.execution}>{run.executions}</span>
          ) : (
            <a href={run.executionUrl} rel="noreferrer" target="_blank">
              {run.executions}, in Step Functions
            </a>
          )}
        </Fact>
        <Fact name="Commit">
          <code title={run.commit}>{run.commit.slice(0, 8)}</code>
          {run.dirty ? ' with changes' : ''}
        </Fact>
        {run.endedAt !== undefined && (
          <Fact name="Cost">
            <RunCost key={run.endedAt} runId={run.runId} />
          </Fact>
        )}
        {run.trackedRun !== null && (
          <Fact name="Tracking">
            <Link to={place('tracked', run.trackedRun)}>tracked run</Link>
          </Fact>
        )}
        {run.reports.length > 0 && (
          <Fact name="Reports">
            {run.reports.map((report) => (
              <a
                key={report.key}
                href={urlOf(pathOf('/report', { key: report.key }))}
                target="_blank"
                rel="noreferrer"
                class="space"
              >
                {report.task}
              </a>
            ))}
          </Fact>
        )}
      </dl>
      {run.message !== undefined && run.status !== 'running' && run.status !== 'success' && (
        <div class="fault">
          <p class="fault-text">{run.message}</p>
          {failed !== undefined && (
            <p>
              First failed task:{' '}
              <button type="button" class="inline" onClick={() => select(failed.id)}>
                {failed.id}
              </button>
            </p>
          )}
        </div>
      )}
      {pending.map((approval) => (
        <ApprovalCard key={approval.task} approval={approval} />
      ))}
      <div class={selected === null ? 'split' : 'split open'}>
        <div class="split-main">
          <Tabs
            query={query}
            tabs={[
              {
                id: 'graph',
                name: 'Graph',
                content: () =>
                  run.graph.tasks.length === 0 ? (
                    <Empty title="No task has begun." />
                  ) : (
                    <Graph {...run.graph} states={run.tasks} selected={selected} onSelect={choose} />
                  ),
              },
              {
                id: 'gantt',
                name: 'Gantt',
                content: () => (
                  <Gantt
                    tasks={run.tasks}
                    start={run.startedAt}
                    end={run.endedAt}
                    selected={selected}
                    onSelect={choose}
                  />
                ),
              },
              {
                id: 'tasks',
                name: 'Tasks',
                content: () => <TaskTable tasks={run.tasks} selected={selected} onSelect={choose} />,
              },
              {
                id: 'log',
                name: 'Log',
                content: () => <LogPanel runId={run.runId} live={run.status === 'running'} />,
              },
              { id: 'params', name: 'Params', content: () => <JsonView value={run.params} /> },
              {
                id: 'audit',
                name: 'Audit',
                content: () => (
                  <>
                    {run.approvals
                      .filter(({ state }) => state !== 'pending')
                      .map((approval) => (
                        <ApprovalCard key={approval.task} approval={approval} />
                      ))}
                    <AuditTable entries={run.audit} />
                  </>
                ),
              },
            ]}
          />
        </div>
        {selected !== null && (
          <TaskPanel key={selected} run={run} task={selected} query={query} onClose={() => select(null)} />
        )}
      </div>
    </>
  );
}
