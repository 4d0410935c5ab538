/** Datasets that tasks have written or runs have read: versions by content, their columns, who made and who used them. */
import { useState } from 'preact/hooks';
import type { DatasetRow, DatasetView } from '../../views/models';
import { number } from '../format';
import { useView } from '../live';
import { DatasetChecks } from '../parts/dataset-checks';
import { FeatureGroups } from '../parts/feature-groups';
import { Lineage } from '../parts/lineage';
import { Empty, Shown } from '../parts/states';
import { Time } from '../parts/time';
import { Link, place } from '../router';
import { useTitle } from '../title';

export function DatasetsPage() {
  useTitle('Data');
  const view = useView<{ datasets: readonly DatasetRow[] }>('/datasets');
  return (
    <>
      <div class="head">
        <h1>Data</h1>
      </div>
      <Shown view={view}>
        {({ datasets }) =>
          datasets.length === 0 ? (
            <Empty title="No task has written a dataset, and no run has read one yet." />
          ) : (
            <div class="scroll" tabIndex={0} role="region" aria-label="Datasets">
              <table>
                <thead>
                  <tr>
                    <th>Dataset</th>
                    <th class="num">Versions</th>
                    <th>Made</th>
                    <th>Last used</th>
                    <th>By</th>
                    <th>Latest</th>
                  </tr>
                </thead>
                <tbody>
                  {datasets.map((dataset) => (
                    <tr key={dataset.name}>
                      <td>
                        <Link to={place('data', dataset.name)}>{dataset.name}</Link>
                      </td>
                      <td class="num">{dataset.versions}</td>
                      <td>{dataset.madeAt !== null && <Time at={dataset.madeAt} style="relative" />}</td>
                      <td>{dataset.usedAt !== null && <Time at={dataset.usedAt} style="relative" />}</td>
                      <td>{dataset.experiments.join(', ')}</td>
                      <td>
                        <code title={dataset.latest}>{dataset.digest.slice(0, 12)}</code>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
      <FeatureGroups />
    </>
  );
}

export function DatasetPage({ name }: { readonly name: string }) {
  useTitle(name);
  const view = useView<DatasetView>(`/datasets/${encodeURIComponent(name)}`);
  return (
    <>
      <p class="crumbs">
        <Link to={place('data')}>Data</Link> /
      </p>
      <div class="head">
        <h1>{name}</h1>
      </div>
      <Shown view={view}>
        {({ versions }) => (
          <>
            <section aria-label="Checks">
              <h2>Checks</h2>
              <DatasetChecks name={name} />
            </section>
            <h2>Versions</h2>
            {versions.map((version, i) => (
              <Version key={version.id} version={version} open={i === 0} />
            ))}
          </>
        )}
      </Shown>
    </>
  );
}

function Maker({
  of,
  at,
}: {
  readonly of: NonNullable<DatasetView['versions'][number]['madeBy']>;
  readonly at: string | null;
}) {
  return (
    <p>
      Made by <Link to={place('pipelines', of.pipeline)}>{of.pipeline}</Link>
      {of.runId !== null && (
        <>
          , in{' '}
          <Link
            to={`${place('runs', of.runId)}${of.task === null ? '' : `?task=${encodeURIComponent(of.task)}`}`}
          >
            {of.runId}
          </Link>
        </>
      )}
      {at !== null && (
        <>
          , <Time at={at} />
        </>
      )}
    </p>
  );
}

function Version({
  version,
  open,
}: {
  readonly version: DatasetView['versions'][number];
  readonly open: boolean;
}) {
  const [lineage, setLineage] = useState(false);
  return (
    <details class="card version" open={open}>
      <summary>
        <code>{version.id.slice(0, 16)}</code>
        {version.rows !== null && <span> {number(version.rows)} rows</span>}
        {version.columns.length > 0 && <span>, {version.columns.length} columns</span>}
        <span class="muted">
          , used by {version.users.length} {version.users.length === 1 ? 'run' : 'runs'}
        </span>
      </summary>
      <p class="hint break">{version.source}</p>
      {version.madeBy !== null && <Maker of={version.madeBy} at={version.madeAt} />}
      <div class="columns-2">
        {version.columns.length > 0 && (
          <section aria-label="Columns">
            <h3>Columns</h3>
            <div class="scroll short" tabIndex={0} role="region" aria-label="Columns">
              <table class="pairs">
                <tbody>
                  {version.columns.map((column) => (
                    <tr key={column.name}>
                      <th scope="row">{column.name}</th>
                      <td>{column.type}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )}
        <section aria-label="Used by">
          <h3>Used by</h3>
          {version.users.length === 0 && <p class="hint">no tracked run</p>}
          <ul class="items">
            {version.users.slice(0, 50).map((user) => (
              <li key={`${user.runId}${user.context}`}>
                <Link to={place('tracked', user.runId)}>{user.name}</Link>{' '}
                <span class="tag">{user.context}</span>{' '}
                <span class="muted">
                  {user.experiment}, <Time at={user.startedAt} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <button type="button" class="quiet small" onClick={() => setLineage(!lineage)} aria-expanded={lineage}>
        {lineage ? 'Hide the lineage' : 'Show the lineage'}
      </button>
      {lineage && <Lineage path={`/lineage/dataset/${encodeURIComponent(version.id)}`} />}
    </details>
  );
}
