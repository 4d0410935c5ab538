/** What a model takes and gives, by column. */
import type { SignatureColumn, SignatureView } from '../../views/tracking';

export function Signature({ signature }: { readonly signature: SignatureView }) {
  return (
    <div class="columns-2">
      <Side name="Takes" columns={signature.inputs} />
      <Side name="Gives" columns={signature.outputs} />
    </div>
  );
}

function Side({ name, columns }: { readonly name: string; readonly columns: readonly SignatureColumn[] }) {
  return (
    <section aria-label={name}>
      <h3>{name}</h3>
      {columns.length === 0 ? (
        <p class="hint">not said</p>
      ) : (
        <div class="scroll short" tabIndex={0} role="region" aria-label={name}>
          <table class="pairs">
            <tbody>
              {columns.map((column) => (
                <tr key={column.name}>
                  <th scope="row">{column.name}</th>
                  <td>
                    {column.type}
                    {column.required ? '' : ', optional'}
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
