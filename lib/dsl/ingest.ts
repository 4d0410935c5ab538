/** Builders of the tasks that bring datasets from outside: their connection is granted to them. */
import type { z } from 'zod';
import type { Connection } from '../tasks/connection';
import type { ConnectionKind } from '../tasks/connection-kinds';
import type { Contract } from '../tasks/contract';
import { ingestFiles as ingestFilesContract } from '../tasks/ingest-files';
import { ingestGcs as ingestGcsContract } from '../tasks/ingest-gcs';
import { ingestHttp as ingestHttpContract } from '../tasks/ingest-http';
import { ingestSql as ingestSqlContract } from '../tasks/ingest-sql';
import type { InputArg } from './ref';
import { addContractTask, type TaskHandle, type TaskOptions } from './task';

type Ingest<C extends Contract, Kind extends ConnectionKind> = (
  id: string,
  input: Omit<InputArg<z.input<C['input']>>, 'connection'> & { readonly connection: Connection<Kind> },
  options?: TaskOptions,
) => TaskHandle<z.output<C['output']>>;

function ingest<C extends Contract, Kind extends ConnectionKind>(contract: C): Ingest<C, Kind> {
  return (id, input, options = {}) => {
    const { name, to, from } = input.connection;
    return addContractTask(contract, id, input as InputArg<z.input<C['input']>>, options, {
      access: [...contract.access, { store: 'connection', mode: 'read', name, from }],
      uses: { variables: [], connections: [{ name, to, from }] },
    });
  };
}

/** `ingestSql('orders', { connection: warehouse, query: 'SELECT * FROM orders', name: 'orders' })` */
export const ingestSql = ingest<typeof ingestSqlContract, 'postgres' | 'mysql'>(ingestSqlContract);
/** `ingestHttp('orders', { connection: shop, path: 'orders', records: 'data', name: 'orders' })` */
export const ingestHttp = ingest<typeof ingestHttpContract, 'http'>(ingestHttpContract);
/** ``ingestGcs('orders', { connection: lake, object: text`orders/${run.ds}.csv`, name: 'orders' })`` */
export const ingestGcs = ingest<typeof ingestGcsContract, 'google-cloud-storage'>(ingestGcsContract);

/** `ingestFiles('orders', { prefix: 'raw/orders/', watermark: { by: 'name' }, name: 'orders' })` */
export function ingestFiles(
  id: string,
  input: Omit<InputArg<z.input<(typeof ingestFilesContract)['input']>>, 'connection'> & {
    readonly connection?: Connection<'google-cloud-storage'>;
  },
  options: TaskOptions = {},
): TaskHandle<z.output<(typeof ingestFilesContract)['output']>> {
  const { connection } = input;
  const given = input as InputArg<z.input<(typeof ingestFilesContract)['input']>>;
  if (connection === undefined) return addContractTask(ingestFilesContract, id, given, options);
  const { name, to, from } = connection;
  return addContractTask(ingestFilesContract, id, given, options, {
    access: [...ingestFilesContract.access, { store: 'connection', mode: 'read', name, from }],
    uses: { variables: [], connections: [{ name, to, from }] },
  });
}
