/** Definitions that could not be loaded: where, why, and what to do. */
import type { LoadFault } from '../../catalogue';

export function FaultList({ faults }: { readonly faults: readonly LoadFault[] }) {
  return (
    <section class="fault" aria-label="Files with faults">
      <h2>
        {faults.length} {faults.length === 1 ? 'fault' : 'faults'} in the definitions
      </h2>
      <ul>
        {faults.map((fault) => (
          <li key={`${fault.file}${fault.line ?? ''}${fault.code}${fault.message}`}>
            <code>
              {fault.file}
              {fault.line === undefined ? '' : `:${fault.line}`}
            </code>{' '}
            <b>{fault.code}</b> {fault.message} <span class="remedy">{fault.hint}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
