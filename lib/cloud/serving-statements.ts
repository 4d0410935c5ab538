import type { Access } from '../model/access';
import type { Statement } from './statement';
import type { Names } from './names';
import { servingNamesOf } from './serving-names';

/** What belongs to endpoints in the orchestration table; nothing else in it. */
export function endpointRecordStatement(names: Names, mode: 'read' | 'write'): Statement {
  return {
    actions: [
      'dynamodb:GetItem',
      'dynamodb:Query',
      ...(mode === 'write' ? ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'] : []),
    ],
    resources: [names.orchestrationTableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ENDPOINT#*', 'ENDPOINTS'] },
    },
  };
}

/** Of tasks: calling endpoints, and with `write` changing what they serve. */
export function endpointStatements(access: readonly Access[], names: Names): Statement[] {
  const modes = new Set(access.flatMap((entry) => (entry.store === 'endpoints' ? [entry.mode] : [])));
  if (modes.size === 0) return [];
  return [
    endpointRecordStatement(names, modes.has('write') ? 'write' : 'read'),
    {
      actions: ['lambda:InvokeFunction'],
      resources: [
        `${servingNamesOf(names).functionArn('serve-model')}:live`,
        // Asks the versions that run elsewhere.
        servingNamesOf(names).functionArn('sync-endpoints'),
      ],
    },
  ];
}
