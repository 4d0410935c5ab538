/** Of a model version: what it takes and gives, and its card, in a frame that runs nothing. */
import type { ModelCardView, ModelView } from '../../views/models';
import { pathOf, urlOf } from '../api';
import { useOnce } from '../live';
import { Link, place, setQuery } from '../router';
import { Signature } from './signature';
import { Empty, Shown } from './states';
import { VersionChoice } from './version-choice';

export function ModelCard({ model, query }: { readonly model: ModelView; readonly query: URLSearchParams }) {
  const version = query.get('version') ?? Object.values(model.aliases)[0] ?? model.list[0]?.version;
  const path = `/models/${encodeURIComponent(model.name)}/card`;
  const view = useOnce<ModelCardView>(version === undefined ? null : pathOf(path, { version }));
  if (version === undefined) return <Empty title="There is no version." />;
  return (
    <>
      <VersionChoice model={model} version={version} onChoose={(chosen) => setQuery({ version: chosen })} />
      <Shown view={view}>
        {({ card, signature }) => (
          <>
            {signature === null ? (
              <p class="hint">Its files say nothing of columns that it takes and gives.</p>
            ) : (
              <Signature signature={signature} />
            )}
            {card === null ? (
              <Empty title="The version has no model card.">
                The task <code>writeModelCard</code> makes one: metrics with intervals, curves, slices, what
                the model goes by.
              </Empty>
            ) : (
              <Card runId={card.runId} path={card.path} title={`Model card of version ${version}`} />
            )}
          </>
        )}
      </Shown>
    </>
  );
}

function Card({
  runId,
  path,
  title,
}: {
  readonly runId: string;
  readonly path: string;
  readonly title: string;
}) {
  return (
    <>
      <h3>Model card</h3>
      <div class="preview">
        <iframe
          src={urlOf(pathOf(`/tracked/${encodeURIComponent(runId)}/file`, { path }))}
          sandbox=""
          title={title}
        />
      </div>
      <p>
        <Link to={`${place('tracked', runId)}?tab=artifacts&file=${encodeURIComponent(path)}`}>
          Artifacts of its run
        </Link>
      </p>
    </>
  );
}
