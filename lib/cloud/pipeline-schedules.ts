/** What starts a pipeline by itself: schedules of EventBridge Scheduler and rules for files that arrive. */
import { Fn } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { alertsOf, hasDeadlines } from '../model/alerts-of';
import type { PipelineModel } from '../model/pipeline';
import type { Trigger } from '../model/schedule';
import type { CoreFunction, Names } from './names';
import { scheduleExpressions } from './schedule-expression';

export interface PipelineSchedulesProps {
  readonly names: Names;
  readonly model: Pick<PipelineModel, 'id' | 'schedule' | 'triggers' | 'startDate' | 'alerts' | 'tasks'>;
}

export class PipelineSchedules extends Construct {
  constructor(scope: Construct, id: string, { names, model }: PipelineSchedulesProps) {
    super(scope, id);
    scheduleExpressions(model.schedule, model.startDate).forEach(({ expression, timeZone }, i) => {
      new CfnSchedule(this, `Schedule${i + 1}`, {
        name: names.schedule(model.id, i),
        groupName: names.scheduleGroup,
        description: `Starts runs of ${model.id}.`,
        scheduleExpression: expression,
        scheduleExpressionTimezone: timeZone,
        flexibleTimeWindow: { mode: 'OFF' },
        target: launcherTarget(names, {
          action: 'tick',
          pipeline: model.id,
          scheduledTime: '<aws.scheduler.scheduled-time>',
        }),
      });
    });
    if (hasDeadlines(alertsOf(model) ?? {})) this.watchDeadline(names, model.id);
    model.triggers.forEach((trigger, i) => {
      if (trigger.kind === 'object-created') this.watch(names, model.id, trigger, i);
      else if (trigger.kind === 'alias-moved') this.watchAlias(names, model.id, trigger, i);
      else this.watchDatasets(names, model.id, trigger, i);
    });
  }

  private watchAlias(
    names: Names,
    pipeline: string,
    { models, alias, params }: Extract<Trigger, { kind: 'alias-moved' }>,
    i: number,
  ): void {
    const told = ['model', 'alias', 'version', 'id'];
    const rule = new CfnRule(this, `AliasMoved${i + 1}`, {
      description: `Starts ${pipeline} when the alias ${alias} comes to another version.`,
      eventBusName: names.bus,
      eventPattern: {
        source: ['millrace'],
        'detail-type': ['Alias Moved'],
        detail: { model: [...models], alias: [alias], version: [{ exists: true }] },
      },
      targets: [
        {
          id: 'launcher',
          arn: Fn.sub(names.coreFunctionArn('launcher')),
          deadLetterConfig: { arn: Fn.sub(names.deadLettersArn) },
          inputTransformer: {
            inputPathsMap: Object.fromEntries(told.map((name) => [name, `$.detail.${name}`])),
            inputTemplate: `{${[
              '"action": "alias-moved"',
              `"pipeline": ${JSON.stringify(pipeline)}`,
              `"params": ${JSON.stringify(params)}`,
              ...told.map((name) => `"${name}": <${name}>`),
            ].join(', ')}}`,
          },
        },
      ],
    });
    this.permit(names, `AliasMoved${i + 1}Permission`, rule);
  }

  private watchDatasets(
    names: Names,
    pipeline: string,
    { datasets, mode, per, param }: Extract<Trigger, { kind: 'dataset' }>,
    i: number,
  ): void {
    const byKey = per === 'key';
    const told = ['dataset', 'run', 'task', 'logicalDate', 'updatedAt', ...(byKey ? ['partitionKey'] : [])];
    const rule = new CfnRule(this, `DatasetUpdated${i + 1}`, {
      description: `Starts ${pipeline} when ${mode} of its datasets were updated.`,
      eventBusName: names.bus,
      eventPattern: {
        source: ['millrace'],
        'detail-type': ['Dataset Updated'],
        // An input transformer cannot leave out what is not there.
        detail: { dataset: [...datasets], ...(byKey ? { partitionKey: [{ exists: true }] } : {}) },
      },
      targets: [
        {
          id: 'launcher',
          arn: Fn.sub(names.coreFunctionArn('launcher')),
          deadLetterConfig: { arn: Fn.sub(names.deadLettersArn) },
          inputTransformer: {
            inputPathsMap: Object.fromEntries(told.map((name) => [name, `$.detail.${name}`])),
            inputTemplate: `{${[
              '"action": "dataset-updated"',
              `"pipeline": ${JSON.stringify(pipeline)}`,
              `"datasets": ${JSON.stringify(datasets)}`,
              `"mode": ${JSON.stringify(mode)}`,
              ...(per === undefined ? [] : [`"per": ${JSON.stringify(per)}`]),
              ...(param === undefined ? [] : [`"param": ${JSON.stringify(param)}`]),
              ...told.map((name) => `"${name}": <${name}>`),
            ].join(', ')}}`,
          },
        },
      ],
    });
    this.permit(names, `DatasetUpdated${i + 1}Permission`, rule);
  }

  private permit(names: Names, id: string, rule: CfnRule): void {
    new CfnPermission(this, id, {
      action: 'lambda:InvokeFunction',
      functionName: names.coreFunction('launcher'),
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }

  /** Not one schedule for each run: this finds also runs that wait, and needs no right to make schedules. */
  private watchDeadline(names: Names, pipeline: string): void {
    new CfnSchedule(this, 'Deadline', {
      name: names.deadlineSchedule(pipeline),
      groupName: names.scheduleGroup,
      description: `Looks for runs of ${pipeline} that are late.`,
      scheduleExpression: 'rate(5 minutes)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: launcherTarget(names, { action: 'deadlines', pipeline }),
    });
  }

  private watch(
    names: Names,
    pipeline: string,
    trigger: Extract<Trigger, { kind: 'object-created' }>,
    i: number,
  ): void {
    const rule = new CfnRule(this, `ObjectCreated${i + 1}`, {
      description: `Starts ${pipeline} when a file arrives under ${trigger.prefix}.`,
      eventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: {
          bucket: { name: [Fn.sub(names.dataBucket)] },
          object: {
            key: [keyPattern(trigger)],
            ...(trigger.minimumBytes === undefined
              ? {}
              : { size: [{ numeric: ['>=', trigger.minimumBytes] }] }),
          },
        },
      },
      targets: [
        {
          id: 'launcher',
          arn: Fn.sub(names.coreFunctionArn('launcher')),
          deadLetterConfig: { arn: Fn.sub(names.deadLettersArn) },
          inputTransformer: {
            inputPathsMap: {
              bucket: '$.detail.bucket.name',
              key: '$.detail.object.key',
              size: '$.detail.object.size',
              version: '$.detail.object.version-id',
            },
            inputTemplate: `{${[
              '"action": "object-created"',
              `"pipeline": ${JSON.stringify(pipeline)}`,
              ...(trigger.param === undefined ? [] : [`"param": ${JSON.stringify(trigger.param)}`]),
              '"bucket": <bucket>',
              '"key": <key>',
              '"size": <size>',
              '"version": <version>',
            ].join(', ')}}`,
          },
        },
      ],
    });
    this.permit(names, `ObjectCreated${i + 1}Permission`, rule);
  }
}

/** The launcher as the target of a schedule. */
export function launcherTarget(names: Names, input: object): CfnSchedule.TargetProperty {
  return coreTarget(names, 'launcher', input);
}

/** A function of the core as the target of a schedule. */
export function coreTarget(names: Names, name: CoreFunction, input: object): CfnSchedule.TargetProperty {
  return {
    arn: Fn.sub(names.coreFunctionArn(name)),
    roleArn: Fn.sub(names.schedulerRoleArn),
    input: JSON.stringify(input),
    retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
    deadLetterConfig: { arn: Fn.sub(names.deadLettersArn) },
  };
}

function keyPattern({ prefix, suffix }: { readonly prefix: string; readonly suffix?: string }): object {
  if (suffix === undefined) return { prefix };
  const literal = (text: string) => text.replace(/[\\*]/g, '\\$&');
  return { wildcard: `${literal(prefix)}*${literal(suffix)}` };
}
