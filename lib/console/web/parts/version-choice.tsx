/** Which version of a model is shown. */
import type { ModelView } from '../../views/models';

export function VersionChoice({
  model,
  version,
  onChoose,
}: {
  readonly model: ModelView;
  readonly version: string;
  readonly onChoose: (version: string) => void;
}) {
  return (
    <label class="field-inline">
      Version{' '}
      <select value={version} onChange={(event) => onChoose(event.currentTarget.value)}>
        {model.list.map((one) => (
          <option key={one.version} value={one.version}>
            {one.version}
            {one.aliases.length === 0 ? '' : ` (${one.aliases.join(', ')})`}
          </option>
        ))}
      </select>
    </label>
  );
}
