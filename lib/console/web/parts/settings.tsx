/** Variables with their values, connections by their names. They are set from the command line. */
import type { SettingsView } from '../../views/operations';
import { useOnce } from '../live';
import { Shown } from './states';
import { Time } from './time';

export function Settings() {
  const view = useOnce<SettingsView>('/settings');
  return (
    <div class="columns-2">
      <section aria-label="Variables">
        <h2>Variables</h2>
        <Shown view={view} rows={1}>
          {({ variables }) =>
            variables.length === 0 ? (
              <p class="hint">
                None is set: <code>millrace variables set</code>
              </p>
            ) : (
              <Pairs
                label="Variables"
                rows={variables.map(({ name, value, changedAt }) => [name, value ?? '(secret)', changedAt])}
              />
            )
          }
        </Shown>
      </section>
      <section aria-label="Connections">
        <h2>Connections</h2>
        <Shown view={view} rows={1}>
          {({ connections }) =>
            connections.length === 0 ? (
              <p class="hint">
                None is set: <code>millrace connections set</code>
              </p>
            ) : (
              <Pairs
                label="Connections"
                rows={connections.map(({ name, changedAt }) => [name, '', changedAt])}
              />
            )
          }
        </Shown>
      </section>
    </div>
  );
}

function Pairs({
  label,
  rows,
}: {
  readonly label: string;
  readonly rows: readonly (readonly [name: string, value: string, changedAt: string | null])[];
}) {
  return (
    <div class="scroll short" tabIndex={0} role="region" aria-label={label}>
      <table class="pairs">
        <tbody>
          {rows.map(([name, value, changedAt]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
              <td>{changedAt === null ? '' : <Time at={changedAt} style="relative" />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
