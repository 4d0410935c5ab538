/** What a deployment would change of a pipeline: its graph with what comes, goes and changes, and runs in flight. */
import { useState } from 'preact/hooks';
import type { PlanView } from '../../views/plan';
import { pathOf } from '../api';
import { useOnce } from '../live';
import { Link, place } from '../router';
import { CHANGES } from './graph-legend';
import { Graph } from './graph';
import { FaultList } from './fault-list';
import { Empty, Shown } from './states';

const HEADLINES: Readonly<Record<PlanView['change'], string>> = {
  new: 'It is not deployed yet.',
  removed: 'It is deployed, and no file defines it any more.',
  changed: 'A deployment would change it.',
  unchanged: 'What is deployed is what the files say.',
  broken: 'The file that defines it could not be loaded: it would not be deployed.',
};
const OF_CONSOLE = 'What is deployed is what the console was deployed with.';

export function PlanPanel({ pipeline }: { readonly pipeline: string }) {
  const [asked, setAsked] = useState(0);
  const path = `/pipelines/${encodeURIComponent(pipeline)}/plan`;
  const view = useOnce<PlanView>(pathOf(path, asked === 0 ? {} : { again: String(asked) }));
  return (
    <>
      {view.value === undefined && view.error === undefined && (
        <p class="hint">Reading the definitions as they are now …</p>
      )}
      <Shown view={view}>
        {(plan) => <Plan plan={plan} pipeline={pipeline} onAgain={() => setAsked(asked + 1)} />}
      </Shown>
    </>
  );
}

function Plan({
  plan,
  pipeline,
  onAgain,
}: {
  readonly plan: PlanView;
  readonly pipeline: string;
  readonly onAgain: () => void;
}) {
  const unchangedHere = plan.of === 'console' && plan.change === 'unchanged';
  const listed = Object.entries(plan.changes);
  return (
    <>
      <p class="row">
        <b>{unchangedHere ? OF_CONSOLE : HEADLINES[plan.change]}</b>
        <button type="button" class="quiet small" onClick={onAgain}>
          Compare again
        </button>
      </p>
      {plan.of === 'console' && (
        <p class="hint">
          Here the definitions are those of the deployment of the core stack. On a developer's machine:{' '}
          <code>npx millrace plan --cloud aws</code>.
        </p>
      )}
      {plan.runsInFlight > 0 && (
        <p>
          <Link to={`${place('runs')}?pipeline=${encodeURIComponent(pipeline)}&status=running`}>
            {plan.runsInFlight} {plan.runsInFlight === 1 ? 'run goes' : 'runs go'} on
          </Link>
          .
        </p>
      )}
      {plan.notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {plan.start && <p>Params, schedule or concurrency change.</p>}
      {plan.faults.length > 0 && <FaultList faults={plan.faults} />}
      {plan.tasks.length === 0 ? (
        <Empty title="Its tasks are not known." />
      ) : (
        <Graph tasks={plan.tasks} edges={plan.edges} changes={plan.changes} />
      )}
      {listed.length > 0 && (
        <ul class="items" aria-label="Changes">
          {listed.map(([task, change]) => (
            <li key={task}>
              <span class={`status ch-${change}`}>
                <span class="sign" aria-hidden="true">
                  {CHANGES[change].sign}
                </span>
                {CHANGES[change].words}
              </span>{' '}
              <code>{task}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
