/** Endpoints that a model answers at: the share of each version, and who changed it. */
import type { EndpointView } from '../../views/models';
import { percent } from '../format';
import { useView } from '../live';
import { Empty, Shown } from './states';
import { Time } from './time';

export function Endpoints({ model }: { readonly model: string }) {
  const view = useView<{ endpoints: readonly EndpointView[] }>(
    `/models/${encodeURIComponent(model)}/endpoints`,
  );
  return (
    <Shown view={view}>
      {({ endpoints }) =>
        endpoints.length === 0 ? (
          <Empty title="No version is deployed to an endpoint." />
        ) : (
          <>
            {endpoints.map((endpoint) => (
              <One key={endpoint.endpoint} endpoint={endpoint} />
            ))}
          </>
        )
      }
    </Shown>
  );
}

function One({ endpoint }: { readonly endpoint: EndpointView }) {
  return (
    <section class="card" aria-label={`Endpoint ${endpoint.endpoint}`}>
      <h2>{endpoint.endpoint}</h2>
      <ul class="traffic">
        {endpoint.traffic.map(({ version, role, share }) => (
          <li key={role}>
            <span>
              version {version} <span class="tag">{role}</span>
            </span>
            <meter min="0" max="1" value={share} aria-label={`Share of version ${version}`} />
            <span class="num">{role === 'shadow' ? 'scores along' : percent(share)}</span>
          </li>
        ))}
      </ul>
      {endpoint.shiftEnds !== null && (
        <p class="hint">
          The candidate has all traffic <Time at={endpoint.shiftEnds} style="relative" />.
        </p>
      )}
      <div class="scroll short" tabIndex={0} role="region" aria-label={`Changes of ${endpoint.endpoint}`}>
        <table>
          <thead>
            <tr>
              <th>When</th>
              <th>What</th>
              <th>Versions</th>
              <th>Why</th>
              <th>Who</th>
            </tr>
          </thead>
          <tbody>
            {endpoint.changes.map((change) => (
              <tr key={`${change.at}${change.action}`}>
                <td>
                  <Time at={change.at} />
                </td>
                <td>{change.action}</td>
                <td>
                  {change.from ?? 'none'} → {change.to ?? 'none'}
                </td>
                <td>{change.reason}</td>
                <td class="break" title={change.by}>
                  {change.by.split(':').at(-1)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
