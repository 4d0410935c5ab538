/**
 * Sensors: tasks that wait for something outside of the run. Each is asked, ends, and is asked again after the interval;
 * nothing runs and nothing is paid in between.
 */
import type { z } from 'zod';
import type { Access } from '../model/access';
import type { Contract } from '../tasks/contract';
import { objectSensor } from '../tasks/object-sensor';
import { pipelineSensor } from '../tasks/pipeline-sensor';
import { targetReady as targetReadyContract } from '../tasks/target-ready';
import { timeSensor } from '../tasks/time-sensor';
import { hours, minutes } from './durations';
import { constantStart, type InputArg, type Ref } from './ref';
import { addContractTask, type ContractTaskExtras, type TaskHandle, type TaskOptions } from './task';

export interface SensorOptions extends Omit<TaskOptions, 'timeout'> {
  /** Seconds from one question to the next. @default 60 */
  readonly pokeInterval?: number;
  /** Seconds it waits in all. @default 24 hours */
  readonly timeout?: number;
  /** Ends as skipped instead of failed when the time is up. @default false */
  readonly softFail?: boolean;
  /** Seconds that one question may take. @default the contract's */
  readonly pokeTimeout?: number;
}

/**
 * Makes a builder of sensors from a contract whose handler throws `NotReady` as long as there is nothing to go on with:
 * the predicate of one's own.
 */
export function sensor<C extends Contract>(contract: C) {
  return (
    id: string,
    input: InputArg<z.input<C['input']>>,
    options: SensorOptions = {},
  ): TaskHandle<z.output<C['output']>> => addSensor(contract, id, input, options);
}

/** A sensor with access of its own. */
export function addSensor<C extends Contract>(
  contract: C,
  id: string,
  input: InputArg<z.input<C['input']>>,
  options: SensorOptions,
  extras: ContractTaskExtras = {},
): TaskHandle<z.output<C['output']>> {
  const { pokeInterval, timeout, softFail, pokeTimeout, ...rest } = options;
  return addContractTask(
    contract,
    id,
    input,
    { ...rest, timeout: pokeTimeout ?? contract.timeoutSeconds },
    {
      ...extras,
      poke: {
        intervalSeconds: pokeInterval ?? minutes(1),
        timeoutSeconds: timeout ?? hours(24),
        softFail: softFail ?? false,
      },
    },
  );
}

/** Waits for an object in the data bucket. What is constant at the beginning of the key is what it may read. */
export function objectExists(
  id: string,
  input: { readonly key: string | Ref<string> },
  options: SensorOptions = {},
): TaskHandle<z.output<(typeof objectSensor)['output']>> {
  const access: Access[] = [{ store: 'objects', mode: 'read', prefix: constantStart(input.key) }];
  return addSensor(objectSensor, id, input, options, { access });
}

/** Waits for a successful run of another pipeline for a date: `runSucceeded('upstream', { pipeline: 'sales', date: run.ds })`. */
export const runSucceeded = sensor(pipelineSensor);

/** Waits for a time of the day on which the run was started: `timeOfDay('opening', { time: '08:00', timeZone: 'Europe/Berlin' })`. */
export const timeOfDay = sensor(timeSensor);

/** Waits until a deployment to SageMaker, ECS or Kubernetes runs there: `targetReady('up', { endpoint: 'churn' }, { after: [held] })`. */
export const targetReady = sensor(targetReadyContract);
