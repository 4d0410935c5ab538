/** Frame of the page: places to go, what is at the current one, and what has just happened. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SessionView } from '../views/session';
import { keepInSight } from './keep-in-sight';
import { useLost, useOnce } from './live';
import { Toasts } from './parts/toasts';
import { SessionContext } from './session';
import { Link, place, usePlace, type Place } from './router';
import { nextTheme, useTheme } from './theme';
import { Boundary, Empty } from './parts/states';
import { ComparePage } from './pages/compare';
import { DatasetPage, DatasetsPage } from './pages/datasets';
import { ExperimentPage, ExperimentsPage } from './pages/experiments';
import { ModelPage } from './pages/model';
import { ModelsPage } from './pages/models';
import { OperationsPage } from './pages/operations';
import { PipelinePage } from './pages/pipeline';
import { PipelinesPage } from './pages/pipelines';
import { RunPage } from './pages/run';
import { RunsPage } from './pages/runs';
import { TrackedPage } from './pages/tracked';

const SECTIONS = [
  ['pipelines', 'Pipelines'],
  ['runs', 'Runs'],
  ['experiments', 'Experiments'],
  ['models', 'Models'],
  ['data', 'Data'],
  ['operations', 'Operations'],
] as const;

const SECTION_OF: Readonly<Record<string, string>> = { tracked: 'experiments', compare: 'experiments' };

export function App() {
  const current = usePlace();
  const session = useOnce<SessionView>('/session').value;
  const lost = useLost();
  const [theme, setTheme] = useTheme();
  const [first = 'pipelines'] = current.parts;
  const section = SECTION_OF[first] ?? first;
  useEffect(() => keepInSight(document.querySelector('.top nav [aria-current]')), [section]);
  return (
    <SessionContext.Provider value={session}>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <Link to={place()} class="brand" aria-label="millrace, all pipelines">
          <Wheel /> millrace
        </Link>
        <nav aria-label="Sections">
          {SECTIONS.map(([id, name]) => (
            <Link key={id} to={place(id)} aria-current={section === id ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <div class="where">
          {session !== undefined && (
            <span class="stage" title={`Commit ${session.commit}`}>
              {session.stage}
              {session.where === 'local' ? ', local' : ''}
              {session.readOnly ? ', read-only' : ''}
            </span>
          )}
          {session?.where === 'aws' && <a href="/console/auth/logout">Sign out</a>}
          <button type="button" class="quiet" onClick={() => setTheme(nextTheme(theme))}>
            {theme === 'system' ? 'Auto' : theme === 'dark' ? 'Dark' : 'Light'}
            <span class="hidden-text"> theme: change</span>
          </button>
        </div>
      </header>
      {lost && (
        <p class="banner" role="status">
          The console does not answer; what you see may be old. It goes on by itself when it is back.
        </p>
      )}
      <main id="content" tabIndex={-1}>
        <Boundary key={current.parts.join('/')}>{pageAt(current)}</Boundary>
      </main>
      <Toasts />
    </SessionContext.Provider>
  );
}

function pageAt({ parts, query }: Place): ComponentChildren {
  const [section = 'pipelines', id] = parts;
  switch (section) {
    case 'pipelines':
      return id === undefined ? <PipelinesPage query={query} /> : <PipelinePage id={id} query={query} />;
    case 'runs':
      return id === undefined ? <RunsPage query={query} /> : <RunPage id={id} query={query} />;
    case 'experiments':
      return id === undefined ? <ExperimentsPage /> : <ExperimentPage id={id} query={query} />;
    case 'tracked':
      if (id !== undefined) return <TrackedPage id={id} query={query} />;
      break;
    case 'compare':
      return <ComparePage query={query} />;
    case 'models':
      return id === undefined ? <ModelsPage /> : <ModelPage name={id} query={query} />;
    case 'data':
      return id === undefined ? <DatasetsPage /> : <DatasetPage name={id} />;
    case 'operations':
      return <OperationsPage />;
  }
  return (
    <Empty title="There is nothing here.">
      <Link to={place()}>All pipelines</Link>
    </Empty>
  );
}

function Wheel() {
  const [spokes] = useState(() => Array.from({ length: 8 }, (_, i) => i * 45));
  return (
    <svg viewBox="-12 -12 24 24" width="20" height="20" aria-hidden="true" class="wheel">
      <circle r="7" />
      {spokes.map((angle) => (
        <path key={angle} d="M0-7V-11h3" transform={`rotate(${angle})`} />
      ))}
      <circle r="1.5" />
    </svg>
  );
}
