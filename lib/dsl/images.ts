/** Builders of the tasks that make images: a connection to their registry is granted to them. */
import type { z } from 'zod';
import { buildContainer as buildContainerContract } from '../tasks/build-container';
import { pushImage as pushImageContract } from '../tasks/build-image';
import type { Connection } from '../tasks/connection';
import type { Contract } from '../tasks/contract';
import type { InputArg } from './ref';
import { addSensor, type SensorOptions } from './sensors';
import { addContractTask, type ContractTaskExtras, type TaskHandle, type TaskOptions } from './task';

type ImageInput<C extends Contract> = Omit<InputArg<z.input<C['input']>>, 'connection'> & {
  readonly connection?: Connection<'http'>;
};

function extrasOf(contract: Contract, connection: Connection<'http'> | undefined): ContractTaskExtras {
  if (connection === undefined) return {};
  const { name, to, from } = connection;
  return {
    access: [...contract.access, { store: 'connection', mode: 'read', name, from }],
    uses: { variables: [], connections: [{ name, to, from }] },
  };
}

/** `pushImage('push', { image, repository: 'https://registry.example/models/churn', connection: connection('harbor', 'http') })` */
export function pushImage(
  id: string,
  input: ImageInput<typeof pushImageContract>,
  options: TaskOptions = {},
): TaskHandle<z.output<(typeof pushImageContract)['output']>> {
  const given = input as InputArg<z.input<(typeof pushImageContract)['input']>>;
  return addContractTask(
    pushImageContract,
    id,
    given,
    options,
    extrasOf(pushImageContract, input.connection),
  );
}

/** `buildContainer('container', { image })`: asked every 20 seconds until CodeBuild has built and pushed it. */
export function buildContainer(
  id: string,
  input: ImageInput<typeof buildContainerContract>,
  options: SensorOptions = {},
): TaskHandle<z.output<(typeof buildContainerContract)['output']>> {
  const given = input as InputArg<z.input<(typeof buildContainerContract)['input']>>;
  const waiting = { pokeInterval: 20, timeout: 3600, ...options };
  return addSensor(
    buildContainerContract,
    id,
    given,
    waiting,
    extrasOf(buildContainerContract, input.connection),
  );
}
