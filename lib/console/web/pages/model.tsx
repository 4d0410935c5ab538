/** One registered model: versions, who moved them and why, what they were made from. */
import { useState } from 'preact/hooks';
import type { ModelVersionView, ModelView } from '../../views/models';
import { number } from '../format';
import { useView } from '../live';
import { Endpoints } from '../parts/endpoints';
import { Gates } from '../parts/gates';
import { Lineage } from '../parts/lineage';
import { ModelCard } from '../parts/model-card';
import { PromoteDialog, RollbackDialog } from '../parts/model-dialogs';
import { Empty, Shown } from '../parts/states';
import { Tabs } from '../parts/tabs';
import { Time } from '../parts/time';
import { VersionChoice } from '../parts/version-choice';
import { Watch } from '../parts/watch';
import { Link, place, setQuery } from '../router';
import { useMayAct } from '../session';
import { useTitle } from '../title';

export function ModelPage({ name, query }: { readonly name: string; readonly query: URLSearchParams }) {
  useTitle(name);
  const view = useView<ModelView>(`/models/${encodeURIComponent(name)}`);
  return <Shown view={view}>{(model) => <Model model={model} query={query} />}</Shown>;
}

function Model({ model, query }: { readonly model: ModelView; readonly query: URLSearchParams }) {
  return (
    <>
      <p class="crumbs">
        <Link to={place('models')}>Models</Link> /
      </p>
      <div class="head">
        <h1>{model.name}</h1>
      </div>
      {model.description !== '' && <p class="description">{model.description}</p>}
      <Aliases model={model} />
      <Tabs
        query={query}
        tabs={[
          { id: 'versions', name: 'Versions', content: () => <Versions model={model} /> },
          { id: 'card', name: 'Card', content: () => <ModelCard model={model} query={query} /> },
          { id: 'endpoints', name: 'Endpoints', content: () => <Endpoints model={model.name} /> },
          { id: 'gates', name: 'Gates', content: () => <Gates model={model} /> },
          { id: 'watch', name: 'Drift', content: () => <Watch model={model.name} /> },
          { id: 'history', name: 'History', content: () => <History model={model} /> },
          { id: 'lineage', name: 'Lineage', content: () => <VersionLineage model={model} query={query} /> },
        ]}
      />
    </>
  );
}

function Aliases({ model }: { readonly model: ModelView }) {
  const [rolledBack, setRolledBack] = useState<string | null>(null);
  const mayAct = useMayAct();
  const aliases = Object.entries(model.aliases);
  if (aliases.length === 0) return <p class="hint">No version has an alias.</p>;
  return (
    <ul class="aliases">
      {aliases.map(([alias, version]) => (
        <li key={alias} class="card">
          <b>{alias}</b> is version {version}{' '}
          {mayAct && (
            <button type="button" class="quiet small" onClick={() => setRolledBack(alias)}>
              Roll back …<span class="hidden-text"> {alias}</span>
            </button>
          )}
        </li>
      ))}
      {rolledBack !== null && (
        <RollbackDialog model={model} alias={rolledBack} onClose={() => setRolledBack(null)} />
      )}
    </ul>
  );
}

function Versions({ model }: { readonly model: ModelView }) {
  const [promoted, setPromoted] = useState<ModelVersionView | null>(null);
  const mayAct = useMayAct();
  const metrics = [...new Set(model.list.flatMap((version) => Object.keys(version.metrics)))]
    .sort()
    .slice(0, 6);
  if (model.list.length === 0) return <Empty title="All versions were deleted." />;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Versions">
      <table>
        <thead>
          <tr>
            <th>Version</th>
            <th>Aliases</th>
            <th>Stage</th>
            <th>Registered</th>
            {metrics.map((metric) => (
              <th key={metric} class="num">
                {metric}
              </th>
            ))}
            <th>Made by</th>
            {mayAct && <th>Promote</th>}
          </tr>
        </thead>
        <tbody>
          {model.list.map((version) => (
            <tr key={version.version}>
              <td>
                <b>{version.version}</b>
                {version.description !== '' && <span class="hint"> {version.description}</span>}
              </td>
              <td>
                {version.aliases.map((alias) => (
                  <span key={alias} class="tag live">
                    {alias}
                  </span>
                ))}
              </td>
              <td>{version.stage}</td>
              <td>
                <Time at={version.createdAt} />
              </td>
              {metrics.map((metric) => (
                <td key={metric} class="num">
                  {number(version.metrics[metric])}
                </td>
              ))}
              <td>
                {version.runId !== '' && (
                  <Link to={place('tracked', version.runId)} class="space">
                    tracked run
                  </Link>
                )}
                {version.pipelineRun !== null && (
                  <Link to={place('runs', version.pipelineRun)}>pipeline run</Link>
                )}
              </td>
              {mayAct && (
                <td>
                  <button type="button" class="small" onClick={() => setPromoted(version)}>
                    Promote …<span class="hidden-text"> version {version.version}</span>
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {promoted !== null && (
        <PromoteDialog model={model} version={promoted} onClose={() => setPromoted(null)} />
      )}
    </div>
  );
}

function History({ model }: { readonly model: ModelView }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="History">
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Version</th>
            <th>What</th>
            <th>Why</th>
            <th>Who</th>
          </tr>
        </thead>
        <tbody>
          {model.history.map((event) => (
            <tr key={`${event.at}${event.version}${event.what}`}>
              <td>
                <Time at={event.at} />
              </td>
              <td>{event.version}</td>
              <td>{event.what}</td>
              <td>{event.reason}</td>
              <td class="break" title={event.by}>
                {event.by.split(':').at(-1)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function VersionLineage({ model, query }: { readonly model: ModelView; readonly query: URLSearchParams }) {
  const version = query.get('version') ?? Object.values(model.aliases)[0] ?? model.list[0]?.version;
  if (version === undefined) return <Empty title="There is no version." />;
  return (
    <>
      <VersionChoice model={model} version={version} onChoose={(chosen) => setQuery({ version: chosen })} />
      <Lineage
        path={`/models/${encodeURIComponent(model.name)}/lineage?version=${encodeURIComponent(version)}`}
      />
    </>
  );
}
