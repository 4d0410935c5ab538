/** The state machine of a pipeline, with its log group and a role that may invoke exactly the functions it names. */
import { Aws, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  type CfnStateMachine,
  CfnStateMachineAlias,
  CfnStateMachineVersion,
  DefinitionBody,
  LogLevel,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { CompiledPipeline } from '../compiler/compile';
import { machineSubstitutionOf } from '../compiler/names';
import type { CodeVersion } from '../model/run-context';
import { publishStatement } from './access-statements';
import type { Statement } from './statement';
import { acknowledgeResource, LeastPrivilegeRole } from './least-privilege-role';
import { localTablesOf } from './local-tables';
import { jobStatements } from './job-statements';
import type { Names } from './names';
import type { PipelineJobs } from './pipeline-jobs';
import type { Settings } from './settings';

export interface PipelineMachineProps {
  readonly names: Names;
  readonly settings: Settings;
  readonly compiled: CompiledPipeline;
  readonly code: CodeVersion;
  /** By substitution, e.g. `FnIngestCsv`. */
  readonly functions: ReadonlyMap<string, IFunction>;
  readonly jobs: Pick<PipelineJobs, 'substitutions' | 'standIns' | 'passedRoles'>;
}

export class PipelineMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: PipelineMachineProps) {
    super(scope, id);
    const { names, settings, compiled, code } = props;
    const { stage } = settings;
    const role = this.role(props);
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: names.machineLogs(compiled.id),
      retention: stage.logDays,
      removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const substitutions: Record<string, string> = {
      Begin: Fn.sub(names.coreFunctionArn('begin')),
      Finish: Fn.sub(names.coreFunctionArn('finish')),
      ...(compiled.gates.length === 0 && !asksPersons(compiled)
        ? {}
        : { OrchestrationTable: names.orchestrationTable }),
      ...integrationSubstitutions(names, compiled),
      ...props.jobs.substitutions,
      GitCommit: code.commit,
      GitDirty: String(code.dirty),
    };
    for (const [name, fn] of props.functions) substitutions[name] = fn.functionArn;
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: names.machine(compiled.id),
      comment: compiled.description,
      definitionBody: DefinitionBody.fromString(JSON.stringify(compiled.definition)),
      definitionSubstitutions: substitutions,
      role,
      tracingEnabled: true,
      logs: {
        destination: logs,
        level: LogLevel[stage.machineLog.level],
        includeExecutionData: stage.machineLog.executionData,
      },
      // The history of executions is what reruns and audits read.
      removalPolicy: stage.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.publish(compiled.id);
    const tables = localTablesOf(compiled.queries);
    if (Object.keys(tables).length > 0)
      (this.machine.node.defaultChild as CfnStateMachine).addMetadata('millrace:queries', tables);
    if (Object.keys(props.jobs.standIns).length > 0)
      (this.machine.node.defaultChild as CfnStateMachine).addMetadata(
        'millrace:containers',
        props.jobs.standIns,
      );
    if (stage.machineLog.level !== 'ALL') {
      Validations.of(this.machine).acknowledge({
        id: 'AwsSolutions-SF1',
        reason:
          'Step Functions keeps the whole history of every execution for 90 days; logging each event again would cost more than the runs.',
      });
    }
  }

  /** Every change of the machine is a version of its own, which stays; new runs start as the newest. */
  private publish(pipeline: string): void {
    const version = new CfnStateMachineVersion(this, 'Version', {
      stateMachineArn: this.machine.stateMachineArn,
      stateMachineRevisionId: this.machine.stateMachineRevisionId,
    });
    version.applyRemovalPolicy(RemovalPolicy.RETAIN);
    new CfnStateMachineAlias(this, 'Live', {
      name: 'live',
      description: `What new runs of ${pipeline} take. See: npx millrace versions ${pipeline}`,
      routingConfiguration: [{ stateMachineVersionArn: version.attrArn, weight: 100 }],
    });
  }

  private role({ names, compiled, functions, jobs }: PipelineMachineProps): Role {
    const machine = names.machineArn(compiled.id);
    const invoked: Statement = {
      actions: ['lambda:InvokeFunction'],
      resources: [
        names.coreFunctionArn('begin'),
        names.coreFunctionArn('finish'),
        ...compiled.functions
          .filter((spec) => functions.has(spec.substitution))
          .map((spec) => `${names.functionArn(compiled.id, spec.key)}:*`),
      ],
      reason: 'Each version of the machine invokes the versions of its functions that it was deployed with.',
    };
    const role = new LeastPrivilegeRole(this, 'Role', {
      // Only this machine of this account can take the role on.
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          ArnLike: { 'aws:SourceArn': [Fn.sub(machine), Fn.sub(`${machine}:*`)] },
        },
      }),
      description: `${names.prefix} ${compiled.id}: state machine`,
      statements: [
        invoked,
        ...gateStatements(names, compiled),
        ...integrationStatements(names, compiled),
        ...jobStatements(names, compiled.id, compiled.jobs),
      ],
    });
    if (jobs.passedRoles.length > 0)
      role.addToPolicy(
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: jobs.passedRoles.map((arn) => (arn.startsWith('arn:${') ? Fn.sub(arn) : arn)),
        }),
      );
    acknowledgeResource(
      role,
      '*',
      'Sending X-Ray segments and managing the delivery of logs have no resources to name; AWS documents * for both.',
    );
    return role;
  }
}

function asksPersons(compiled: CompiledPipeline): boolean {
  return compiled.integrations.some(({ kind }) => kind === 'approval');
}

/** What stands for names in the states of integrations. */
function integrationSubstitutions(names: Names, compiled: CompiledPipeline): Record<string, string> {
  const found: Record<string, string> = {};
  for (const integration of compiled.integrations) {
    if (integration.kind === 'query') found['OrchestrationTable'] = names.orchestrationTable;
    if (integration.kind === 'tell') found['Bus'] = names.bus;
    if (integration.kind === 'call') found['DataBucket'] = Fn.sub(names.dataBucket);
    if (integration.kind === 'pool') found['Launcher'] = Fn.sub(names.coreFunctionArn('launcher'));
    if (integration.kind !== 'trigger') continue;
    if (integration.wait)
      found[machineSubstitutionOf(integration.pipeline)] = Fn.sub(names.liveMachineArn(integration.pipeline));
    else found['Launcher'] = Fn.sub(names.coreFunctionArn('launcher'));
  }
  return found;
}

/** Starting the machine of another pipeline and hearing of its end, which Step Functions does by a rule of its own. */
function waitingStatements(names: Names, pipeline: string): Statement[] {
  const machine = names.machineArn(pipeline);
  return [
    { actions: ['states:StartExecution'], resources: [machine] },
    {
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [`${machine.replace(':stateMachine:', ':execution:')}:*`],
      reason: 'The executions of the other pipeline are named when they start.',
    },
    {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        machine
          .replace(':states:', ':events:')
          .replace(/stateMachine:.*$/, 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
      ],
    },
  ];
}

/** What the integrations of a machine need. */
function integrationStatements(names: Names, compiled: CompiledPipeline): Statement[] {
  return compiled.integrations.flatMap((integration): Statement[] => {
    switch (integration.kind) {
      case 'distributed-map':
        return [
          { actions: ['states:StartExecution'], resources: [names.machineArn(compiled.id)] },
          {
            actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
            // Its iterations are executions of `<machine>/<label>`.
            resources: [':*', '/*:*'].map(
              (which) => `${names.machineArn(compiled.id).replace(':stateMachine:', ':execution:')}${which}`,
            ),
            reason: 'The executions of a distributed map are named when it runs.',
          },
        ];
      case 'trigger':
        return integration.wait
          ? waitingStatements(names, integration.pipeline)
          : [{ actions: ['lambda:InvokeFunction'], resources: [names.coreFunctionArn('launcher')] }];
      case 'job':
        return [];
      case 'pool':
        return [{ actions: ['lambda:InvokeFunction'], resources: [names.coreFunctionArn('launcher')] }];
      case 'call':
        return integration.permissions.map(({ actions, resources }) => ({
          actions,
          resources: resources.map((resource) => resource.replace('{data-bucket}', names.dataBucketArn)),
          reason: `Declared by the task ${integration.task}, which calls the service.`,
        }));
      case 'query':
        return [
          {
            actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
            resources: [names.orchestrationTableArn],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RUN#*'] } },
          },
        ];
      case 'query-cache':
        return [
          {
            actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
            resources: [names.orchestrationTableArn],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['CACHE#*'] } },
          },
        ];
      case 'tell':
        return [publishStatement(names)];
      case 'approval':
        return [
          {
            actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
            resources: [names.orchestrationTableArn],
            conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RUN#*'] } },
          },
        ];
    }
  });
}

/** What the gates of a machine need: the items that they meet at, and the answer to a waiting state. */
function gateStatements(names: Names, compiled: CompiledPipeline): Statement[] {
  if (compiled.gates.length === 0) return [];
  return [
    {
      actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      resources: [names.orchestrationTableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['RUN#*'] } },
    },
    {
      actions: ['states:SendTaskSuccess'],
      resources: ['*'],
      reason: 'A task token names no resource; AWS documents * for answering one.',
    },
  ];
}
