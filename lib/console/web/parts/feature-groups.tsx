/** Feature groups: whose features they are, and which. */
import type { FeatureGroupView } from '../../views/data';
import { useView } from '../live';
import { Shown } from './states';

export function FeatureGroups() {
  const view = useView<{ groups: readonly FeatureGroupView[] }>('/feature-groups');
  return (
    <Shown view={view}>
      {({ groups }) =>
        groups.length === 0 ? null : (
          <section aria-label="Feature groups">
            <h2>Feature groups</h2>
            <div class="scroll" tabIndex={0} role="region" aria-label="Feature groups">
              <table>
                <thead>
                  <tr>
                    <th>Group</th>
                    <th>Entity</th>
                    <th>Event time</th>
                    <th>Features</th>
                  </tr>
                </thead>
                <tbody>
                  {groups.map((group) => (
                    <tr key={group.name}>
                      <td>{group.name}</td>
                      <td>{group.entity.join(', ')}</td>
                      <td>{group.eventTime}</td>
                      <td>{group.features.map(({ name, type }) => `${name} (${type})`).join(', ')}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )
      }
    </Shown>
  );
}
