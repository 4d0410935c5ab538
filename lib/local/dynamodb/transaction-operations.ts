import { AwsError } from '../service';
import type { Item } from './attribute-value';
import type { DynamoDbContext } from './context';
import { invalid } from './expression-parser';
import { commit, getItem, prepareWrite, type ExpressionInput, type WriteInput } from './item-operations';

const KINDS = ['Put', 'Update', 'Delete', 'ConditionCheck'] as const;
type TransactItem = { readonly [Kind in (typeof KINDS)[number]]?: WriteInput };

/** Requests with a client token that were answered in the last ten minutes. */
const answered = new WeakMap<object, Map<string, { readonly request: string; readonly at: number }>>();
const TOKEN_LIFETIME_MS = 600_000;

export function transactWrite(
  context: DynamoDbContext,
  input: { readonly TransactItems: readonly TransactItem[]; readonly ClientRequestToken?: string },
): object {
  const items = input.TransactItems ?? [];
  if (items.length === 0 || items.length > 100)
    throw invalid('Member must have length less than or equal to 100, and greater than or equal to 1');
  const tokens = answered.get(context.store) ?? new Map<string, { request: string; at: number }>();
  answered.set(context.store, tokens);
  const request = JSON.stringify(items);
  const earlier = input.ClientRequestToken === undefined ? undefined : tokens.get(input.ClientRequestToken);
  if (earlier !== undefined && Date.now() - earlier.at < TOKEN_LIFETIME_MS) {
    if (earlier.request !== request)
      throw new AwsError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    return {};
  }
  const writes = items.map((item) => {
    const kind = KINDS.find((name) => item[name] !== undefined);
    const write = kind === undefined ? undefined : item[kind];
    if (kind === undefined || write === undefined)
      throw invalid('TransactItems can only contain one of Check, Put, Update or Delete');
    return { prepared: prepareWrite(context, kind, write) };
  });
  const seen = new Set(writes.map(({ prepared }) => JSON.stringify([prepared.table.name, ...prepared.key])));
  if (seen.size !== writes.length)
    throw invalid('Transaction request cannot include multiple operations on one item');
  context.store.transaction(() => {
    const olds = writes.map(({ prepared }) => context.store.get(prepared.table, prepared.key));
    const reasons = writes.map(({ prepared }, i) => failureOf(() => prepared.check(olds[i])));
    if (reasons.some((reason) => reason.Code !== 'None')) throw cancelled(reasons);
    // All is computed before anything is written: LMDB's synchronous transaction keeps what was put before a throw.
    const nexts = writes.map(({ prepared }, i) => failureOf(() => prepared.next(olds[i])));
    if (nexts.some((reason) => reason.Code !== 'None')) throw cancelled(nexts);
    writes.forEach(({ prepared }, i) => commit(context, prepared, olds[i]));
  });
  if (input.ClientRequestToken !== undefined)
    tokens.set(input.ClientRequestToken, { request, at: Date.now() });
  return {};
}

interface Reason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
}

function failureOf(check: () => unknown): Reason {
  try {
    check();
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const item = error.data['Item'] as Item | undefined;
    return {
      Code: error.code.replace(/Exception$/, ''),
      Message: error.message,
      ...(item === undefined ? {} : { Item: item }),
    };
  }
}

function cancelled(reasons: readonly Reason[]): AwsError {
  return new AwsError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map((reason) => reason.Code).join(', ')}]`,
    400,
    { CancellationReasons: reasons },
  );
}

export function transactGet(
  context: DynamoDbContext,
  input: {
    readonly TransactItems: readonly {
      readonly Get: { readonly TableName: string; readonly Key: Item } & ExpressionInput;
    }[];
  },
): object {
  return { Responses: input.TransactItems.map((item) => getItem(context, item.Get)) };
}
