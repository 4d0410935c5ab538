/** Artifacts of a tracked run, with a preview of the chosen one. Pages of HTML are shown in a frame that runs nothing. */
import type { ArtifactList, ArtifactPreview } from '../../views/tracking';
import { pathOf, urlOf } from '../api';
import { bytes } from '../format';
import { useOnce } from '../live';
import { setQuery } from '../router';
import { Signature } from './signature';
import { Empty, Shown } from './states';

export function Artifacts({ runId, query }: { readonly runId: string; readonly query: URLSearchParams }) {
  const file = query.get('file');
  return (
    <div class="artifacts">
      <div class="tree">
        <Folder runId={runId} path="" chosen={file} />
      </div>
      <div class="preview">
        {file === null ? (
          <Empty title="Choose a file to see it." />
        ) : (
          <Preview key={file} runId={runId} path={file} />
        )}
      </div>
    </div>
  );
}

function Folder({
  runId,
  path,
  chosen,
}: {
  readonly runId: string;
  readonly path: string;
  readonly chosen: string | null;
}) {
  const view = useOnce<ArtifactList>(pathOf(`/tracked/${encodeURIComponent(runId)}/artifacts`, { path }));
  return (
    <Shown view={view} rows={2}>
      {({ files }) =>
        files.length === 0 ? (
          <p class="hint">no artifacts</p>
        ) : (
          <ul>
            {files.map((entry) => {
              const name = entry.path.slice(path === '' ? 0 : path.length + 1);
              return (
                <li key={entry.path}>
                  {entry.folder ? (
                    <details open>
                      <summary>{name}/</summary>
                      <Folder runId={runId} path={entry.path} chosen={chosen} />
                    </details>
                  ) : (
                    <button
                      type="button"
                      class="inline"
                      aria-pressed={chosen === entry.path}
                      onClick={() => setQuery({ file: entry.path })}
                    >
                      {name} <span class="muted">{bytes(entry.bytes)}</span>
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        )
      }
    </Shown>
  );
}

function Preview({ runId, path }: { readonly runId: string; readonly path: string }) {
  const base = `/tracked/${encodeURIComponent(runId)}`;
  const view = useOnce<ArtifactPreview>(pathOf(`${base}/preview`, { path }));
  const file = urlOf(pathOf(`${base}/file`, { path }));
  return (
    <Shown view={view}>
      {(preview) => (
        <>
          <p class="row">
            <b class="break">{path}</b> <span class="muted">{bytes(preview.bytes)}</span>{' '}
            <a href={file} download={path.split('/').at(-1)}>
              Download
            </a>
          </p>
          <Content preview={preview} file={file} />
          {preview.truncated && preview.kind !== 'binary' && <p class="hint">Only the beginning is shown.</p>}
        </>
      )}
    </Shown>
  );
}

function Content({ preview, file }: { readonly preview: ArtifactPreview; readonly file: string }) {
  switch (preview.kind) {
    case 'image':
      return <img src={file} alt={preview.path} />;
    case 'html':
      return <iframe src={file} sandbox="" title={preview.path} />;
    case 'text':
      return (
        <>
          {preview.signature !== undefined && <Signature signature={preview.signature} />}
          <pre class="file" tabIndex={0}>
            {preview.text}
          </pre>
        </>
      );
    case 'table':
      return (
        <div class="scroll" tabIndex={0} role="region" aria-label={preview.path}>
          <table>
            <thead>
              <tr>
                {(preview.columns ?? []).map((name) => (
                  <th key={name}>{name}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(preview.rows ?? []).map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} class={typeof cell === 'number' ? 'num' : ''}>
                      {cell === null ? <span class="muted">null</span> : String(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case 'binary':
      return <Empty title="A file that cannot be shown. Download it instead." />;
  }
}
