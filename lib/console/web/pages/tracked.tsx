/** One tracked run: metrics, params, data, artifacts with previews, what was registered of it. */
import type { CompareView, TrackedDetail } from '../../views/tracking';
import { pathOf } from '../api';
import { number } from '../format';
import { useOnce, useView } from '../live';
import { Artifacts } from '../parts/artifacts';
import { Curves } from '../parts/curves';
import { Fact } from '../parts/fact';
import { Empty, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { Length, Time } from '../parts/time';
import { Link, place } from '../router';
import { useTitle } from '../title';

export function TrackedPage({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  const view = useView<TrackedDetail>(`/tracked/${encodeURIComponent(id)}`);
  useTitle(view.value?.name ?? 'Tracked run');
  return <Shown view={view}>{(run) => <Tracked run={run} query={query} />}</Shown>;
}

function Tracked({ run, query }: { readonly run: TrackedDetail; readonly query: URLSearchParams }) {
  return (
    <>
      <p class="crumbs">
        <Link to={place('experiments')}>Experiments</Link> /{' '}
        <Link to={place('experiments', run.experiment.id)}>{run.experiment.name}</Link> /
      </p>
      <div class="head">
        <h1>{run.name}</h1>
        <Status of={run.status} />
      </div>
      <dl class="facts">
        <Fact name="Started">
          <Time at={run.startedAt} style="long" />
        </Fact>
        <Fact name="Took">
          <Length from={run.startedAt} to={run.endedAt} />
        </Fact>
        <Fact name="Run id">
          <code>{run.runId}</code>
        </Fact>
        {run.parent !== null && (
          <Fact name="Parent">
            <Link to={place('tracked', run.parent)}>tracked run</Link>
          </Fact>
        )}
        {run.logicalRun !== null && (
          <Fact name="Pipeline run">
            <Link to={place('runs', run.logicalRun)}>{run.logicalRun}</Link>
          </Fact>
        )}
        {run.versions.length > 0 && (
          <Fact name="Registered">
            {run.versions.map(({ name, version, stage }) => (
              <Link key={`${name}${version}`} to={place('models', name)} class="space">
                {name} {version} ({stage})
              </Link>
            ))}
          </Fact>
        )}
      </dl>
      <Tabs
        query={query}
        tabs={[
          { id: 'overview', name: 'Overview', content: () => <Overview run={run} /> },
          { id: 'curves', name: 'Curves', content: () => <RunCurves runId={run.runId} /> },
          {
            id: 'artifacts',
            name: 'Artifacts',
            content: () => <Artifacts runId={run.runId} query={query} />,
          },
          { id: 'data', name: 'Data', content: () => <Inputs run={run} /> },
          { id: 'tags', name: 'Tags', content: () => <Pairs label="Tags" values={run.tags} /> },
        ]}
      />
    </>
  );
}

function Overview({ run }: { readonly run: TrackedDetail }) {
  return (
    <div class="columns-2">
      <section aria-label="Metrics">
        <h3>Metrics</h3>
        <Pairs label="Metrics" values={run.metrics} />
      </section>
      <section aria-label="Params">
        <h3>Params</h3>
        <Pairs label="Params" values={run.params} />
      </section>
      {run.children.length > 0 && (
        <section aria-label="Child runs">
          <h3>Child runs</h3>
          <ul class="items">
            {run.children.map((child) => (
              <li key={child.runId}>
                <Link to={place('tracked', child.runId)}>{child.name}</Link> <Status of={child.status} />
              </li>
            ))}
          </ul>
          <Link
            to={pathOf(place('compare'), {
              run: run.children.slice(0, 20).map(({ runId }) => runId),
              of: run.experiment.id,
            })}
          >
            Compare them
          </Link>
        </section>
      )}
    </div>
  );
}

function RunCurves({ runId }: { readonly runId: string }) {
  const view = useOnce<CompareView>(pathOf('/compare', { run: [runId] }));
  return <Shown view={view}>{(comparison) => <Curves comparison={comparison} />}</Shown>;
}

function Inputs({ run }: { readonly run: TrackedDetail }) {
  if (run.inputs.length === 0) return <Empty title="It read no dataset that was logged." />;
  return (
    <ul class="items">
      {run.inputs.map((input) => (
        <li key={`${input.name}${input.id}${input.context}`}>
          <Link to={place('data', input.name)}>{input.name}</Link> <span class="tag">{input.context}</span>{' '}
          <code class="muted">{input.digest.slice(0, 12)}</code>
          <br />
          <span class="hint break">{input.source}</span>
        </li>
      ))}
    </ul>
  );
}

function Pairs({
  label,
  values,
}: {
  readonly label: string;
  readonly values: Readonly<Record<string, number | string>>;
}) {
  const names = Object.keys(values).sort();
  if (names.length === 0) return <p class="hint">none</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="pairs">
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td title={String(values[name])}>{number(values[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
