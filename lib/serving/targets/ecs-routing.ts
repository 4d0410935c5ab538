/**
 * Rules of a listener of an Application Load Balancer: who asks for the candidate or the stable version by a header gets it,
 * everybody else by the weights.
 */
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ModifyRuleCommand,
  type Action,
  type Rule,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { loadBalancingClient } from '../../aws/clients/load-balancing';
import { createHash } from 'node:crypto';
import { DoNotRetry } from '../../model/errors';
import type { DesiredTarget } from './target';
import { percentOf } from './target-names';

type Desired = DesiredTarget<'ecs'>;

/** A rule of somebody else is where one of the endpoint would be. */
export class RulesTaken extends DoNotRetry {
  override readonly name = 'Millrace.RulesTaken';
}

/** Names of target groups have 32 characters at most. */
function groupName({ stage, endpoint }: Desired, version: string): string {
  const hash = createHash('sha256').update(`${stage}/${endpoint}`).digest('hex').slice(0, 12);
  return `millrace-${hash}-v${version}`.slice(0, 32);
}

export async function findGroup(desired: Desired, version: string): Promise<string | undefined> {
  try {
    const { TargetGroups } = await loadBalancingClient().send(
      new DescribeTargetGroupsCommand({ Names: [groupName(desired, version)] }),
    );
    return TargetGroups?.[0]?.TargetGroupArn;
  } catch (error) {
    if (error instanceof Error && error.name.startsWith('TargetGroupNotFound')) return undefined;
    throw error;
  }
}

export async function ensureGroup(desired: Desired, version: string): Promise<string> {
  const found = await findGroup(desired, version);
  if (found !== undefined) return found;
  const { TargetGroups } = await loadBalancingClient().send(
    new CreateTargetGroupCommand({
      Name: groupName(desired, version),
      Protocol: 'HTTP',
      Port: 8080,
      VpcId: desired.target.vpc,
      TargetType: 'ip',
      HealthCheckPath: '/ping',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
}

/** One that a rule still leads to stays for the next time. */
export async function deleteGroup(desired: Desired, version: string): Promise<void> {
  const TargetGroupArn = await findGroup(desired, version);
  if (TargetGroupArn !== undefined)
    await loadBalancingClient().send(new DeleteTargetGroupCommand({ TargetGroupArn }));
}

interface WantedRule {
  readonly priority: number;
  readonly header?: 'candidate' | 'stable';
  /** Weight of each target group; none: the rule is not wanted. */
  readonly weights: ReadonlyMap<string, number>;
}

/**
 * @param groups target group of each version
 * @param running whether all versions that are to have traffic run: until then the weights stay as they are
 */
export async function setRules(
  desired: Desired,
  groups: ReadonlyMap<string, string>,
  running: boolean,
): Promise<void> {
  const { target, slots, stable, candidate } = desired;
  const { Rules = [] } = await loadBalancingClient().send(
    new DescribeRulesCommand({ ListenerArn: target.listener }),
  );
  const rules = new Map(Rules.map((rule) => [Number(rule.Priority), rule]));
  const alone = (version: string | null): ReadonlyMap<string, number> => {
    const group = version === null ? undefined : groups.get(version);
    return group === undefined ? new Map<string, number>() : new Map([[group, 1]]);
  };
  const shares = new Map(
    slots.map(({ version, share }) => [groups.get(version) ?? '', percentOf(share)] as const),
  );
  const third = target.priority + 2;
  const kept = running ? shares : withNew(weightsIn(rules.get(third)), [...shares.keys()]);
  const wanted: WantedRule[] = [
    { priority: target.priority, header: 'candidate', weights: alone(candidate) },
    { priority: target.priority + 1, header: 'stable', weights: alone(stable) },
    { priority: third, weights: kept },
  ];
  for (const rule of wanted) await setRule(desired, rule, rules.get(rule.priority));
}

/** A group has to belong to a load balancer before a service may use it; with weight 0 nothing comes to it. */
function withNew(weights: ReadonlyMap<string, number>, groups: readonly string[]): Map<string, number> {
  return new Map([...groups.map((group) => [group, 0] as const), ...weights]);
}

function weightsIn(rule: Rule | undefined): ReadonlyMap<string, number> {
  const forwarded = rule?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
  return new Map(forwarded.map(({ TargetGroupArn = '', Weight = 1 }) => [TargetGroupArn, Weight]));
}

async function setRule(desired: Desired, wanted: WantedRule, found: Rule | undefined): Promise<void> {
  const { listener } = desired.target;
  const path = `/endpoints/${desired.endpoint}/*`;
  if (found !== undefined && !pathsOf(found).includes(path))
    throw new RulesTaken(
      `The listener ${listener} has a rule of somebody else at priority ${wanted.priority}. Name another priority in the target of '${desired.endpoint}', with two more free after it.`,
    );
  const client = loadBalancingClient();
  if (wanted.weights.size === 0) {
    if (found !== undefined) await client.send(new DeleteRuleCommand({ RuleArn: found.RuleArn }));
    return;
  }
  if (found === undefined) {
    await client.send(
      new CreateRuleCommand({
        ListenerArn: listener,
        Priority: wanted.priority,
        Conditions: conditionsOf(path, wanted),
        Actions: [forward(wanted.weights)],
      }),
    );
    return;
  }
  if (same(weightsIn(found), wanted.weights)) return;
  await client.send(new ModifyRuleCommand({ RuleArn: found.RuleArn, Actions: [forward(wanted.weights)] }));
}

function conditionsOf(path: string, { header }: WantedRule): RuleCondition[] {
  return [
    { Field: 'path-pattern', PathPatternConfig: { Values: [path] } },
    ...(header === undefined
      ? []
      : [
          {
            Field: 'http-header',
            HttpHeaderConfig: { HttpHeaderName: 'x-millrace-target', Values: [header] },
          },
        ]),
  ];
}

function forward(weights: ReadonlyMap<string, number>): Action {
  const groups = [...weights].map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }));
  return { Type: 'forward', ForwardConfig: { TargetGroups: groups } };
}

function pathsOf({ Conditions = [] }: Rule): readonly string[] {
  return Conditions.flatMap(({ PathPatternConfig }) => PathPatternConfig?.Values ?? []);
}

function same(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([group, weight]) => b.get(group) === weight);
}
