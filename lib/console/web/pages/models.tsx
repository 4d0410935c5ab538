/** Registered models. */
import type { ModelRow } from '../../views/models';
import { useView } from '../live';
import { Empty, Shown } from '../parts/states';
import { Time } from '../parts/time';
import { Link, place } from '../router';
import { useTitle } from '../title';

export function ModelsPage() {
  useTitle('Models');
  const view = useView<{ models: readonly ModelRow[] }>('/models');
  return (
    <>
      <div class="head">
        <h1>Models</h1>
      </div>
      <Shown view={view}>
        {({ models }) =>
          models.length === 0 ? (
            <Empty title="No model is registered yet." />
          ) : (
            <ul class="cards">
              {models.map((model) => (
                <li key={model.name} class="card line">
                  <h2>
                    <Link to={place('models', model.name)}>{model.name}</Link>
                    {Object.entries(model.aliases).map(([alias, version]) => (
                      <span key={alias} class="tag live">
                        {alias} {version}
                      </span>
                    ))}
                  </h2>
                  {model.description !== '' && <p class="description">{model.description}</p>}
                  <p class="meta">
                    <span>
                      {model.versions} {model.versions === 1 ? 'version' : 'versions'}
                    </span>
                    {Object.entries(model.latest).map(([stage, version]) => (
                      <span key={stage}>
                        {stage}: {version}
                      </span>
                    ))}
                    <span>
                      changed <Time at={model.updatedAt} style="relative" />
                    </span>
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </>
  );
}
