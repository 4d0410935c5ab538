/** What the states of all queries have in common: their names, their variables, their record, their failures. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../model/json';
import type { QueryTask } from '../model/task-node';
import type { Catcher } from './asl';
import type { CompileContext } from './compile-context';
import { taskName } from './emit-task';
import { wrap, type Lookup } from './jsonata';
import { parametersExpression } from './query-arguments';
import type { Scope } from './scope';
import type { Occasions } from './telling';

export interface QueryParts {
  readonly context: CompileContext;
  readonly task: QueryTask;
  readonly scope: Scope;
  readonly lookup: Lookup;
  readonly states: Readonly<Record<StateKey, string>>;
  /** What people hear of it. */
  readonly occasions: Occasions;
  readonly variables: Readonly<
    Record<'token' | 'query' | 'job' | 'looks' | 'since' | 'out' | 'error' | 'old' | 'cached' | 'at', string>
  >;
}

export const STATE_KEYS = [
  'begin',
  'remember',
  'again',
  'retried',
  'earlier',
  'hit',
  'reuse',
  'keep',
  'done',
  'attach',
  'query',
  'find',
  'stop',
  'note',
  'wait',
  'look',
  'ended',
  'result',
  'record',
  'failed',
  'fail',
] as const;
export type StateKey = (typeof STATE_KEYS)[number];

/** The state that asks the service, or looks whether it has been asked. */
export function beginOf({ task, states }: QueryParts): string {
  return task.engine === 'redshift' ? states.attach : states.query;
}

/** Whether what follows has to know more than the output: when it ended, and whether it is new. */
export function tellsMore({ task, occasions }: QueryParts): boolean {
  return task.cache !== undefined || occasions.datasets.length > 0;
}

/** Faults of the services that pass. */
const PASSING = {
  athena: ['TooManyRequestsException', 'ThrottlingException', 'InternalServerException'],
  redshift: ['ActiveStatementsExceededException', 'ThrottlingException', 'InternalServerException'],
  aurora: [
    'ThrottlingException',
    'ServiceUnavailableErrorException',
    'InternalServerErrorException',
    'DatabaseResumingException',
  ],
} as const;
const PREFIX = { athena: 'Athena', redshift: 'RedshiftData', aurora: 'RdsData' } as const;

export function passing(engine: QueryTask['engine']): Json {
  return {
    ErrorEquals: PASSING[engine].map((name) => `${PREFIX[engine]}.${name}`),
    IntervalSeconds: 2,
    MaxAttempts: 6,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  };
}

/** Any failure, with the reason out of the description of a query that Athena gives as the cause. */
export function failing(error: string, next: string): Catcher {
  const cause = '$states.errorOutput.Cause';
  return {
    ErrorEquals: ['States.ALL'],
    Assign: {
      [error]: {
        name: '{% $states.errorOutput.Error %}',
        message: wrap(
          `($c := $exists(${cause}) ? $string(${cause}) : ""; $m := $match($c, /"StateChangeReason": ?"([^"]*)"/); $substring($exists($m) ? $m[0].groups[0] : $c, 0, 3000))`,
        ),
      },
    },
    Output: {},
    Next: next,
  };
}

export function timedOut(task: QueryTask): Json {
  return { name: 'States.Timeout', message: lateWords(task) };
}

export function lateWords(task: QueryTask): string {
  return `The query was not done after ${task.timeoutSeconds} s and has been stopped. Give it a longer timeout, or less to read.`;
}

/** Statement and parameters, for telling whether an earlier statement is the same. */
export function jobText(task: QueryTask, lookup: Lookup): string {
  const sql = createHash('sha256').update(task.sql).digest('hex').slice(0, 16);
  return `"${sql}/" & $hash($string(${parametersExpression(task, lookup)}), "SHA-256")`;
}

export function keyOf(task: QueryTask, scope: Scope): Json {
  return {
    pk: { S: wrap(`"RUN#" & $${scope.surroundings.run}.id`) },
    sk: { S: wrap(`"TASK#" & ${taskName(task.id, scope)}`) },
  };
}

/** Placeholders for names: DynamoDB reserves some 570 words. */
export function names(
  ...all: readonly (string | readonly [placeholder: string, name: string])[]
): JsonObject {
  return Object.fromEntries(
    all.map((entry) => (typeof entry === 'string' ? [`#${entry}`, entry] : [`#${entry[0]}`, entry[1]])),
  );
}
