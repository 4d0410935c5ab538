/** What waits and what runs, over all pipelines; what people are asked and told; who did what. */
import type { OperationsView } from '../../views/operations';
import { useView } from '../live';
import { ApprovalCard } from '../parts/approval';
import { AuditTable } from '../parts/audit-table';
import { Settings } from '../parts/settings';
import { Empty, Shown } from '../parts/states';
import { Status } from '../parts/status';
import { Length, Time } from '../parts/time';
import { Link, place } from '../router';
import { useTitle } from '../title';

export function OperationsPage() {
  useTitle('Operations');
  const view = useView<OperationsView>('/operations');
  return (
    <>
      <div class="head">
        <h1>Operations</h1>
      </div>
      <Shown view={view}>
        {(operations) => (
          <>
            <section aria-label="Decisions">
              <h2>Decisions that are waited for</h2>
              {operations.approvals.length === 0 && <p class="hint">Nobody waits for a decision.</p>}
              {operations.approvals.map((approval) => (
                <ApprovalCard key={`${approval.runId}${approval.task}`} approval={approval} withRun />
              ))}
            </section>
            <div class="columns-2">
              <Running operations={operations} />
              <Waiting operations={operations} />
            </div>
            <div class="columns-2">
              <Sensors operations={operations} />
              <Pools operations={operations} />
            </div>
            <Settings />
            <Notifications operations={operations} />
            <section aria-label="Audit">
              <h2>Audit</h2>
              <AuditTable entries={operations.audit} withRun />
            </section>
          </>
        )}
      </Shown>
    </>
  );
}

function Running({ operations }: { readonly operations: OperationsView }) {
  return (
    <section aria-label="Running">
      <h2>Running</h2>
      {operations.running.length === 0 && <p class="hint">Nothing runs.</p>}
      <ul class="items">
        {operations.running.map((run) => (
          <li key={run.runId}>
            <Status of={run.status} /> <Link to={place('runs', run.runId)}>{run.runId}</Link>{' '}
            <span class="muted">
              for <Length from={run.since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Waiting({ operations }: { readonly operations: OperationsView }) {
  return (
    <section aria-label="Queue">
      <h2>Queue</h2>
      {operations.queue.length === 0 && <p class="hint">Nothing waits.</p>}
      <ul class="items">
        {operations.queue.map((run) => (
          <li key={run.runId}>
            <Status of="queued" /> <Link to={place('pipelines', run.pipeline)}>{run.pipeline}</Link>{' '}
            <code>{run.runId}</code>{' '}
            <span class="muted">
              since <Time at={run.queuedAt} style="relative" />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sensors({ operations }: { readonly operations: OperationsView }) {
  return (
    <section aria-label="Sensors">
      <h2>Sensors that wait</h2>
      {operations.sensors.length === 0 && <p class="hint">No sensor waits.</p>}
      <ul class="items">
        {operations.sensors.map((sensor) => (
          <li key={`${sensor.runId}${sensor.task}`}>
            <Status of="queued" />{' '}
            <Link to={`${place('runs', sensor.runId)}?task=${encodeURIComponent(sensor.task)}`}>
              {sensor.task}
            </Link>{' '}
            <code>{sensor.runId}</code>{' '}
            <span class="muted">
              asked {sensor.asked} {sensor.asked === 1 ? 'time' : 'times'}, last{' '}
              <Time at={sensor.at} style="relative" />
            </span>
            <br />
            <span class="hint">{sensor.missing}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Pools({ operations }: { readonly operations: OperationsView }) {
  return (
    <section aria-label="Pools">
      <h2>Pools</h2>
      {operations.pools.length === 0 && <p class="hint">No pipeline has used a pool.</p>}
      {operations.pools.map(({ pool, holders, waiting }) => {
        const taken = holders.reduce((sum, { slots }) => sum + slots, 0);
        return (
          <div key={pool} class="card">
            <p>
              <b>{pool}</b>: {taken} {taken === 1 ? 'slot' : 'slots'} taken, {waiting.length} waiting
            </p>
            <ul class="items">
              {[...holders, ...waiting].map((one, i) => (
                <li key={`${one.execution}${one.task}`}>
                  <Status of={i < holders.length ? 'running' : 'queued'} /> {one.task}{' '}
                  <code>{one.execution.split(':').at(-1)}</code>{' '}
                  <span class="muted">
                    {one.slots} {one.slots === 1 ? 'slot' : 'slots'}, since{' '}
                    <Time at={one.since} style="relative" />
                  </span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

function Notifications({ operations }: { readonly operations: OperationsView }) {
  return (
    <section aria-label="Notifications">
      <h2>Notifications</h2>
      {operations.notifications.length === 0 ? (
        <Empty title="Nobody has been told anything." />
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Notifications">
          <table>
            <thead>
              <tr>
                <th>When</th>
                <th>What</th>
                <th>Run</th>
                <th>To</th>
              </tr>
            </thead>
            <tbody>
              {operations.notifications.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Time at={one.at} />
                  </td>
                  <td>{one.subject}</td>
                  <td>
                    <Link to={place('runs', one.runId)}>{one.pipeline}</Link>
                  </td>
                  <td>
                    {one.deliveries.map((delivery, i) => (
                      <span key={i} class="tag" title={delivery.error ?? ''}>
                        {delivery.channel}: {delivery.state}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
