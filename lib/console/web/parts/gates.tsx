/** Gates before aliases and stages of a model: for a version each with its value and its limit. */
import { useState } from 'preact/hooks';
import type { GatesView } from '../../views/gates';
import type { ModelView } from '../../views/models';
import { useView } from '../live';
import { Empty, Shown } from './states';
import { Time } from './time';
import { VersionChoice } from './version-choice';

export function Gates({ model }: { readonly model: ModelView }) {
  const [version, setVersion] = useState(model.list[0]?.version);
  if (version === undefined) return <Empty title="There is no version." />;
  return (
    <>
      <VersionChoice model={model} version={version} onChoose={setVersion} />
      <GateResults name={model.name} version={version} />
    </>
  );
}

/** @param alias, stage what the version is to get; without either, what gates stand before */
export function GateResults({
  name,
  version,
  alias,
  stage,
}: {
  readonly name: string;
  readonly version: string;
  readonly alias?: string;
  readonly stage?: string;
}) {
  const query = new URLSearchParams({
    version,
    ...(alias === undefined ? {} : { alias }),
    ...(stage === undefined ? {} : { stage }),
  });
  const view = useView<GatesView>(`/models/${encodeURIComponent(name)}/gates?${query.toString()}`);
  return (
    <Shown view={view}>
      {({ declared, gated, results, alarms }) => (
        <>
          {declared === null ? (
            <p class="hint">No gates stand before the aliases and stages of this model.</p>
          ) : !gated ? (
            <p class="hint">No gate stands before what version {version} would get.</p>
          ) : (
            <div class="scroll" tabIndex={0} role="region" aria-label="Gates">
              <table>
                <thead>
                  <tr>
                    <th>Gate</th>
                    <th>Passed</th>
                    <th>Value</th>
                    <th>Limit</th>
                    <th>What it says</th>
                  </tr>
                </thead>
                <tbody>
                  {results.map((result) => (
                    <tr key={result.gate}>
                      <td>{result.gate}</td>
                      <td>
                        <span class={`tag ${result.passed ? 'live' : 'bad'}`}>
                          {result.passed ? 'yes' : 'no'}
                        </span>
                      </td>
                      <td>{result.value}</td>
                      <td>{result.limit}</td>
                      <td>{result.detail}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {alarms.map((alarm) => (
            <p key={alarm.monitor}>
              <span class="tag bad">alarm</span> {alarm.monitor}: {alarm.reason} <Time at={alarm.since} />
            </p>
          ))}
        </>
      )}
    </Shown>
  );
}
