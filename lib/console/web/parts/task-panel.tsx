/** One task of a run: attempts, error with remedy, input, output, log; and what can be done to it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunDetail, TaskDetail } from '../../views/runs';
import { pathOf } from '../api';
import { duration } from '../format';
import { useView } from '../live';
import { Link, place, setQuery } from '../router';
import { useMayAct } from '../session';
import { datasetsIn } from './datasets-in';
import { Fact } from './fact';
import { JsonView } from './json-view';
import { LogPanel } from './log-panel';
import { MarkDialog, RerunDialog } from './run-actions';
import { Shown } from './states';
import { Status } from './status';
import { Tabs } from './tabs';
import { Time } from './time';

interface PanelProps {
  readonly run: RunDetail;
  readonly task: string;
  readonly query: URLSearchParams;
  readonly onClose: () => void;
}

/** As in the style sheet. */
const NARROW = 900;

export function TaskPanel({ run, task, query, onClose }: PanelProps) {
  const view = useView<TaskDetail>(pathOf(`/runs/${encodeURIComponent(run.runId)}/task`, { task }));
  const panel = useRef<HTMLElement>(null);
  // Where it stands below the graph, whoever follows a link to a task sees it.
  useEffect(() => {
    if (window.innerWidth < NARROW) panel.current?.scrollIntoView({ block: 'start' });
  }, [view.value === undefined]);
  return (
    <aside class="card side" aria-label={`Task ${task}`} ref={panel}>
      <div class="side-head">
        <h2>{task}</h2>
        <button type="button" class="quiet" onClick={onClose} aria-label="Close the task">
          ✕
        </button>
      </div>
      <Shown view={view}>{(detail) => <Detail run={run} detail={detail} query={query} />}</Shown>
    </aside>
  );
}

function Detail({
  run,
  detail,
  query,
}: {
  readonly run: RunDetail;
  readonly detail: TaskDetail;
  readonly query: URLSearchParams;
}) {
  const { state } = detail;
  return (
    <>
      <p class="row">
        <Status of={state.status} />
        <span class="num">{duration(state.durationMs)}</span>
        {state.critical && <span class="tag">critical path</span>}
      </p>
      <TaskActions run={run} task={detail.task} />
      {state.error !== null && (
        <div class="fault">
          <p class="fault-text">
            <b>{state.error.name}</b>
          </p>
          <pre class="wrap">{state.error.message}</pre>
          {detail.remedy !== null && <p class="remedy">{detail.remedy}</p>}
        </div>
      )}
      <Tabs
        query={query}
        name="part"
        tabs={[
          { id: 'about', name: 'About', content: () => <About detail={detail} /> },
          {
            id: 'input',
            name: 'Input',
            content: () => <Payload value={detail.input} none="The history has no input of it." />,
          },
          {
            id: 'output',
            name: 'Output',
            content: () => <Payload value={detail.output} none="It has given no output." />,
          },
          {
            id: 'log',
            name: 'Log',
            content: () => <LogPanel runId={run.runId} task={detail.task} live={run.status === 'running'} />,
          },
        ]}
      />
    </>
  );
}

function Payload({ value, none }: { readonly value: TaskDetail['input']; readonly none: string }) {
  return value === null ? <p class="hint">{none}</p> : <JsonView value={value} />;
}

function About({ detail }: { readonly detail: TaskDetail }) {
  const { state, attempts, items } = detail;
  return (
    <>
      <dl class="facts tight">
        <Fact name="Kind">{detail.contract ?? detail.kind}</Fact>
        <Fact name="Waited">{duration(state.waitedMs)}</Fact>
        {state.memoryMb !== null && <Fact name="Memory">{state.memoryMb} MB</Fact>}
        {detail.functionName !== null && (
          <Fact name="Function">
            <code>{detail.functionName}</code>
          </Fact>
        )}
        {detail.codeHash !== null && (
          <Fact name="Code">
            <code title={detail.codeHash}>{detail.codeHash.slice(0, 12)}</code>
          </Fact>
        )}
        {state.cachedFrom !== null && (
          <Fact name="Result of">
            <Link
              to={`${place('runs', state.cachedFrom.run)}?task=${encodeURIComponent(state.cachedFrom.task)}`}
            >
              an earlier run
            </Link>
          </Fact>
        )}
        <Datasets name="Read" value={detail.input} />
        <Datasets name="Made" value={detail.output} />
      </dl>
      {attempts.length > 0 && (
        <>
          <h3>Attempts</h3>
          <ol class="attempts">
            {attempts.map((attempt) => (
              <li key={`${attempt.execution}${attempt.number}`}>
                <Status of={attempt.outcome} />{' '}
                <span class="muted">
                  <Time at={attempt.startedAt} style="clock" />
                  {attempt.endedAt !== null &&
                    `, ${duration(Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt))}`}
                </span>
                {attempt.error !== null && (
                  <>
                    <pre class="wrap">
                      {attempt.error.name}: {attempt.error.message}
                    </pre>
                    {attempt.remedy !== null && <p class="hint">{attempt.remedy}</p>}
                  </>
                )}
                <AttemptPart name="Input" value={attempt.input} />
                <AttemptPart name="Output" value={attempt.output} />
              </li>
            ))}
          </ol>
        </>
      )}
      {items.length > 0 && (
        <>
          <h3>Items</h3>
          <ul class="items">
            {items.map((item) => (
              <li key={item.id}>
                <button type="button" class="inline" onClick={() => setQuery({ task: item.id })}>
                  {item.id}
                </button>{' '}
                <Status of={item.status} /> <span class="muted">{duration(item.durationMs)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function AttemptPart({ name, value }: { readonly name: string; readonly value: TaskDetail['input'] }) {
  if (value === null) return null;
  return (
    <details class="attempt-part">
      <summary>{name}</summary>
      <JsonView value={value} />
    </details>
  );
}

function Datasets({ name, value }: { readonly name: string; readonly value: TaskDetail['input'] }) {
  const datasets = datasetsIn(value);
  if (datasets.length === 0) return null;
  return (
    <Fact name={name}>
      {datasets.map((dataset) => (
        <Link key={dataset.sha256} to={place('data', dataset.name)} title={dataset.sha256} class="space">
          {dataset.name}
        </Link>
      ))}
    </Fact>
  );
}

function TaskActions({ run, task }: { readonly run: RunDetail; readonly task: string }) {
  const [open, setOpen] = useState<'clear' | 'mark' | null>(null);
  if (!useMayAct() || run.status === 'running') return null;
  const close = () => setOpen(null);
  return (
    <p class="row">
      <button type="button" onClick={() => setOpen('clear')}>
        Clear …
      </button>
      <button type="button" class="quiet" onClick={() => setOpen('mark')}>
        Mark …
      </button>
      {open === 'clear' && <RerunDialog run={run} clear={[task]} onClose={close} />}
      {open === 'mark' && <MarkDialog run={run} task={task} onClose={close} />}
    </p>
  );
}
