import type { ConnectionKind } from './connection-kinds';

/** Where an outside service is and how one is let in, by a name: Airflow's connections. */
export interface Connection<Kind extends ConnectionKind = ConnectionKind> {
  readonly kind: 'connection';
  readonly name: string;
  readonly to: Kind;
  /** Where it is kept: SecureString `/millrace-<stage>/connections/<name>`, or the secret of that name without the first slash. */
  readonly from: 'parameter' | 'secrets-manager';
}

/**
 * `connection('warehouse', 'postgres')`. Whoever uses it says so in its contract (`uses: { connections: [warehouse] }`)
 * and opens it with a client: `await openPostgres(context, warehouse)`.
 * @default from parameter
 */
export function connection<Kind extends ConnectionKind>(
  name: string,
  to: Kind,
  options: { readonly from?: Connection['from'] } = {},
): Connection<Kind> {
  return { kind: 'connection', name, to, from: options.from ?? 'parameter' };
}
