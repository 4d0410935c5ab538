import { connection, contract, pipeline, task, variable, z } from '../../lib';
import { accessStatements } from '../../lib/cloud/access-statements';
import { namesOf } from '../../lib/cloud/names';
import { functionsOf } from '../../lib/compiler/functions';
import { checkPipeline } from '../../lib/model/check';
import type { Contract } from '../../lib/tasks/contract';

const using = (name: string, uses: Contract['uses']) =>
  task(contract({ name, summary: 'Uses.', input: z.object({}), output: z.object({}), uses }));
const made = (...uses: readonly Contract['uses'][]) =>
  pipeline({ id: 'shop', description: 'Uses.' }, () => {
    uses.forEach((one, i) => using(`t${i}`, one)(`t${i}`, {}));
  }).model;
const codes = (...uses: readonly Contract['uses'][]) =>
  checkPipeline(made(...uses))
    .filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

const auc = variable('minimum-auc', z.number(), { default: 0.7 });
const warehouse = connection('warehouse', 'postgres');
const vault = connection('vault', 'http', { from: 'secrets-manager' });

it('takes what has one meaning, and refuses what has none or two', () => {
  expect(codes({ variables: [auc], connections: [warehouse] }, { variables: [auc] })).toEqual([]);
  expect(codes({ variables: [variable('a b', z.string())] })).toEqual(['MR270']);
  expect(codes({ variables: [variable('n', z.number().max(1), { default: 2 })] })).toEqual(['MR271']);
  expect(codes({ variables: [auc] }, { variables: [variable('minimum-auc', z.string())] })).toEqual([
    'MR272',
  ]);
  expect(codes({ connections: [warehouse] }, { connections: [connection('warehouse', 'mysql')] })).toEqual([
    'MR273',
  ]);
});

it('lets the role of a function read exactly what its contract names', () => {
  const [spec] = functionsOf(made({ variables: [auc], connections: [warehouse, vault] }));
  const statements = accessStatements(spec?.access ?? [], namesOf('prod'));
  const here = '${AWS::Region}:${AWS::AccountId}';
  expect(statements).toEqual([
    {
      actions: ['ssm:GetParameter'],
      resources: [
        `arn:\${AWS::Partition}:ssm:${here}:parameter/millrace-prod/variables/minimum-auc`,
        `arn:\${AWS::Partition}:ssm:${here}:parameter/millrace-prod/connections/warehouse`,
        `arn:\${AWS::Partition}:ssm:${here}:parameter/aws/reference/secretsmanager/millrace-prod/connections/vault`,
      ],
    },
    {
      actions: ['secretsmanager:GetSecretValue'],
      resources: [
        `arn:\${AWS::Partition}:secretsmanager:${here}:secret:millrace-prod/connections/vault-??????`,
      ],
    },
  ]);
});
