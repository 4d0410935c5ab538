/** All pipelines: how they fare, when they run next; those that could not be loaded, with place and remedy. */
import { useState } from 'preact/hooks';
import type { PipelineList, PipelineRow } from '../../views/pipelines';
import { duration, percent } from '../format';
import { useView } from '../live';
import { FaultList } from '../parts/fault-list';
import { Empty, Shown } from '../parts/states';
import { RunStrip } from '../parts/run-strip';
import { PausedBecause, PauseButton, TriggerButton } from '../parts/pipeline-actions';
import { Time } from '../parts/time';
import { Link, place, setQuery } from '../router';
import { useTitle } from '../title';

export function PipelinesPage({ query }: { readonly query: URLSearchParams }) {
  useTitle('Pipelines');
  const view = useView<PipelineList>('/pipelines');
  const [search, setSearch] = useState(query.get('q') ?? '');
  const find = (text: string) => {
    setSearch(text);
    setQuery({ q: text });
  };
  return (
    <>
      <div class="head">
        <h1>Pipelines</h1>
        <input
          type="search"
          class="search"
          placeholder="Search names, tags, owners"
          aria-label="Search pipelines"
          value={search}
          onInput={(event) => find(event.currentTarget.value)}
        />
      </div>
      <Shown view={view} rows={6}>
        {({ pipelines, faults }) => (
          <>
            {faults.length > 0 && <FaultList faults={faults} />}
            <List pipelines={pipelines.filter((row) => matches(row, search))} all={pipelines.length} />
          </>
        )}
      </Shown>
    </>
  );
}

function List({ pipelines, all }: { readonly pipelines: readonly PipelineRow[]; readonly all: number }) {
  if (all === 0)
    return (
      <Empty title="No pipeline is deployed yet.">
        A file in <code>pipelines/</code> defines one; <code>millrace dev</code> deploys it.
      </Empty>
    );
  if (pipelines.length === 0) return <Empty title="No pipeline matches the search." />;
  return (
    <ul class="cards">
      {pipelines.map((row) => (
        <li key={row.id} class={row.paused ? 'card pipeline paused' : 'card pipeline'}>
          <div class="card-main">
            <h2>
              <Link to={place('pipelines', row.id)}>{row.id}</Link>
              {row.paused && <span class="tag warn">paused</span>}
              {!row.deployed && <span class="tag warn">not deployed</span>}
              {row.active > 0 && <span class="tag live">{row.active} running</span>}
              {row.queued > 0 && <span class="tag">{row.queued} queued</span>}
            </h2>
            <p class="description">{row.description}</p>
            <p class="meta">
              <span>{row.schedule}</span>
              {row.triggers.map((trigger) => (
                <span key={trigger}>{trigger}</span>
              ))}
              {row.nextRun !== null && (
                <span>
                  next <Time at={row.nextRun} style="relative" />
                </span>
              )}
              {row.owner !== null && <span>{row.owner}</span>}
              {row.tags.map((tag) => (
                <span key={tag} class="tag">
                  {tag}
                </span>
              ))}
            </p>
            <PausedBecause pipeline={row} />
          </div>
          <div class="card-runs">
            <RunStrip runs={row.recent} />
            <p class="meta">
              <span>
                <b>{percent(row.successRate)}</b> succeeded
              </span>
              <span>
                median <b>{duration(row.medianMs)}</b>
              </span>
            </p>
          </div>
          <div class="card-actions">
            <TriggerButton pipeline={row} />
            <PauseButton pipeline={row} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function matches(row: PipelineRow, search: string): boolean {
  const text = [row.id, row.description, row.owner ?? '', ...row.tags].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
