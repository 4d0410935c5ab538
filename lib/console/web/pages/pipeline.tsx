/** One pipeline: its graph, its runs against its tasks, how long they take, its definition, backfills. */
import { useState } from 'preact/hooks';
import type { DefinitionView, PipelineView } from '../../views/pipelines';
import type { RunPage as RunsOf } from '../../views/run-rows';
import { act, pathOf } from '../api';
import { duration, percent } from '../format';
import { useOnce, useView } from '../live';
import { BackfillPanel } from '../parts/backfill';
import { Calendar } from '../parts/calendar';
import { CostPanel } from '../parts/cost';
import { Dialog } from '../parts/dialog';
import { DurationChart } from '../parts/duration-chart';
import { Fact } from '../parts/fact';
import { Graph } from '../parts/graph';
import { Grid } from '../parts/grid';
import { JsonView } from '../parts/json-view';
import { PausedBecause, PauseButton, TriggerButton } from '../parts/pipeline-actions';
import { PlanPanel } from '../parts/plan';
import { RunStrip } from '../parts/run-strip';
import { Empty, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { Time } from '../parts/time';
import { toast } from '../parts/toasts';
import { go, Link, place } from '../router';
import { useMayAct } from '../session';
import { useTitle } from '../title';
import { RunList } from './runs';

/** Runs that the trend and the calendar are drawn from. */
const TREND = '500';

export function PipelinePage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  useTitle(id);
  const view = useView<PipelineView>(`/pipelines/${encodeURIComponent(id)}`);
  return <Shown view={view}>{(pipeline) => <Pipeline pipeline={pipeline} query={query} />}</Shown>;
}

function Pipeline({ pipeline, query }: { readonly pipeline: PipelineView; readonly query: URLSearchParams }) {
  const { id } = pipeline;
  return (
    <>
      <p class="crumbs">
        <Link to={place('pipelines')}>Pipelines</Link> /
      </p>
      <div class="head">
        <h1>{id}</h1>
        {pipeline.paused && <span class="tag warn">paused</span>}
        <span class="head-actions">
          <TriggerButton pipeline={pipeline} />
          <PauseButton pipeline={pipeline} />
        </span>
      </div>
      <p class="description">{pipeline.description}</p>
      <PausedBecause pipeline={pipeline} />
      <dl class="facts">
        <Fact name="Schedule">{[pipeline.schedule, ...pipeline.triggers].join('. ')}</Fact>
        {pipeline.nextRun !== null && (
          <Fact name="Next run">
            <Time at={pipeline.nextRun} style="long" />
          </Fact>
        )}
        <Fact name="Succeeded">{percent(pipeline.successRate)}</Fact>
        <Fact name="Median">{duration(pipeline.medianMs)}</Fact>
        <Fact name="At once">at most {pipeline.maxActiveRuns}</Fact>
        {pipeline.owner !== null && <Fact name="Owner">{pipeline.owner}</Fact>}
        {pipeline.tags.length > 0 && (
          <Fact name="Tags">
            {pipeline.tags.map((tag) => (
              <span key={tag} class="tag">
                {tag}
              </span>
            ))}
          </Fact>
        )}
        {pipeline.file !== '' && (
          <Fact name="Defined in">
            <code>{pipeline.file}</code>
          </Fact>
        )}
      </dl>
      <RunStrip runs={pipeline.recent} />
      {pipeline.queue.length > 0 && <Queue pipeline={pipeline} />}
      <Tabs
        query={query}
        tabs={[
          {
            id: 'graph',
            name: 'Graph',
            content: () =>
              pipeline.tasks.length === 0 ? (
                <Empty title="No file defines it any more: its graph is not known." />
              ) : (
                <>
                  <LiveGraph pipeline={pipeline} />
                  {pipeline.notices.map((notice) => (
                    <p key={`${notice.code}${notice.message}`} class="hint">
                      <b>{notice.code}</b> {notice.message} {notice.hint}
                    </p>
                  ))}
                </>
              ),
          },
          { id: 'grid', name: 'Grid', content: () => <Grid pipeline={pipeline} /> },
          { id: 'runs', name: 'Runs', content: () => <RunList query={query} pipeline={id} /> },
          { id: 'trend', name: 'Trend', content: () => <Trend id={id} /> },
          { id: 'cost', name: 'Cost', content: () => <CostPanel pipeline={id} /> },
          { id: 'backfill', name: 'Backfill', content: () => <BackfillPanel pipeline={pipeline} /> },
          { id: 'definition', name: 'Definition', content: () => <Definition id={id} /> },
          { id: 'plan', name: 'Plan', content: () => <PlanPanel pipeline={id} /> },
        ]}
      />
    </>
  );
}

/** With the states of the latest run, as they change. */
function LiveGraph({ pipeline }: { readonly pipeline: PipelineView }) {
  const { latest, tasks, edges } = pipeline;
  if (latest === null) return <Graph tasks={tasks} edges={edges} />;
  const run = place('runs', latest.runId);
  return (
    <>
      <p class="row">
        <span class="muted">Latest run</span> <Link to={run}>{latest.runId}</Link>{' '}
        <Status of={latest.status} />
      </p>
      <Graph
        tasks={tasks}
        edges={edges}
        states={latest.tasks}
        onSelect={(task) => go(`${run}?task=${encodeURIComponent(task)}`)}
      />
    </>
  );
}

function Trend({ id }: { readonly id: string }) {
  const view = useOnce<RunsOf>(pathOf('/runs', { pipeline: id, limit: TREND }));
  return (
    <Shown view={view}>
      {({ runs }) =>
        runs.length === 0 ? (
          <Empty title="No runs yet." />
        ) : (
          <>
            <h3>Duration</h3>
            <DurationChart runs={runs} />
            <h3>Calendar</h3>
            <Calendar runs={runs} />
          </>
        )
      }
    </Shown>
  );
}

function Definition({ id }: { readonly id: string }) {
  const view = useOnce<DefinitionView>(`/pipelines/${encodeURIComponent(id)}/definition`);
  return (
    <Shown view={view}>
      {(found) => (
        <>
          <dl class="facts tight">
            <Fact name="Machine">
              <code>{found.machine}</code>
            </Fact>
            {found.updatedAt !== null && (
              <Fact name="Made">
                <Time at={found.updatedAt} style="long" />
              </Fact>
            )}
          </dl>
          {found.source !== null && (
            <>
              <h3>Definition</h3>
              <pre class="file" tabIndex={0}>
                {found.source}
              </pre>
              <h3>State machine</h3>
            </>
          )}
          <JsonView value={found.definition} />
        </>
      )}
    </Shown>
  );
}

function Queue({ pipeline }: { readonly pipeline: PipelineView }) {
  const [cancelled, setCancelled] = useState<string | null>(null);
  const mayAct = useMayAct();
  return (
    <section class="card" aria-label="Queue">
      <h2>{pipeline.queue.length} in the queue</h2>
      <ul class="items">
        {pipeline.queue.slice(0, 20).map((run) => (
          <li key={run.runId}>
            <code>{run.runId}</code> <span class="muted">for</span> <Time at={run.logicalDate} />{' '}
            {mayAct && (
              <button type="button" class="quiet small" onClick={() => setCancelled(run.runId)}>
                Take out …
              </button>
            )}
          </li>
        ))}
      </ul>
      {cancelled !== null && (
        <Dialog
          title="Take the run out of the queue"
          verb="Take it out"
          danger
          onClose={() => setCancelled(null)}
          onDo={async () => {
            await act({ action: 'cancel', runId: cancelled, pipeline: pipeline.id });
            toast(`${cancelled} is out of the queue.`);
          }}
        >
          <p>
            <code>{cancelled}</code>
          </p>
        </Dialog>
      )}
    </section>
  );
}
