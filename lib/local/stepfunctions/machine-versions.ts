/** Versions of machines, which never change, and aliases, which point at one of them (or at two, by weight). */
import type { Database, RootDatabase } from 'lmdb';
import { AwsError } from '../service';
import type { MachineRecord } from './records';

interface Version {
  readonly number: number;
  readonly revisionId: string;
  readonly roleArn: string;
  readonly description?: string;
  readonly createdAt: number;
}

interface Route {
  readonly stateMachineVersionArn: string;
  readonly weight: number;
}

interface Alias {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly description?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What an execution of a qualified ARN runs. */
export interface Qualified {
  readonly versionArn: string;
  readonly aliasArn?: string;
  readonly revisionId: string;
  readonly roleArn: string;
}

type Input = Readonly<Record<string, never>>;
const NAME = /^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]{1,80}$/;

export class MachineVersions {
  private readonly versions: Database<Version, [string, number]>;
  private readonly aliases: Database<Alias, [string, string]>;

  constructor(
    private readonly root: RootDatabase,
    private readonly machine: (arn: string) => MachineRecord,
    private readonly now: () => number,
  ) {
    this.versions = root.openDB({ name: 'states.versions', encoding: 'json' });
    this.aliases = root.openDB({ name: 'states.aliases', encoding: 'json' });
  }

  /** Answers an operation on versions or aliases; nothing for others. */
  call(operation: string, input: Input): object | undefined {
    switch (operation) {
      case 'PublishStateMachineVersion':
        return this.publish(input);
      case 'ListStateMachineVersions':
        return this.listVersions(input);
      case 'DeleteStateMachineVersion':
        return this.removeVersion(input['stateMachineVersionArn'] ?? '');
      case 'CreateStateMachineAlias':
        return this.createAlias(input);
      case 'UpdateStateMachineAlias':
        return this.updateAlias(input);
      case 'DescribeStateMachineAlias':
        return describeAlias(...this.alias(input['stateMachineAliasArn'] ?? ''));
      case 'ListStateMachineAliases':
        return {
          stateMachineAliases: this.aliasesOf(this.machine(input['stateMachineArn'] ?? '').arn).map(
            (alias) => ({
              stateMachineAliasArn: `${input['stateMachineArn'] ?? ''}:${alias.name}`,
              creationDate: alias.createdAt / 1000,
            }),
          ),
        };
      case 'DeleteStateMachineAlias': {
        const [arn, { name }] = this.alias(input['stateMachineAliasArn'] ?? '');
        this.root.transactionSync(() => void this.aliases.remove([machineArnOf(arn), name]));
        return {};
      }
    }
    return undefined;
  }

  /** Of `…:stateMachine:<name>:<version or alias>`; nothing for an ARN without a qualifier. */
  resolve(arn: string): Qualified | undefined {
    const [, qualifier] = split(arn);
    if (qualifier === undefined) return undefined;
    if (/^\d+$/.test(qualifier)) return this.version(arn);
    const [aliasArn, { routes }] = this.alias(arn);
    let left = Math.random() * 100;
    const route = routes.find(({ weight }) => (left -= weight) < 0) ?? routes[0];
    return { ...this.version(route?.stateMachineVersionArn ?? ''), aliasArn };
  }

  removeAll(machineArn: string): void {
    this.root.transactionSync(() => {
      for (const { number } of this.versionsOf(machineArn)) void this.versions.remove([machineArn, number]);
      for (const { name } of this.aliasesOf(machineArn)) void this.aliases.remove([machineArn, name]);
    });
  }

  private version(versionArn: string): Qualified {
    const [machineArn, number] = split(versionArn);
    const found = this.versions.get([machineArn, Number(number)]);
    if (found === undefined)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${versionArn}'`);
    return { versionArn, revisionId: found.revisionId, roleArn: found.roleArn };
  }

  private publish(input: Input): object {
    const machine = this.machine(input['stateMachineArn'] ?? '');
    const wanted: string | undefined = input['revisionId'];
    if (wanted !== undefined && wanted !== machine.revisionId)
      throw new AwsError('ConflictException', 'The revision is not the current one of the state machine.');
    const known = this.versionsOf(machine.arn);
    const same = known.find(({ revisionId }) => revisionId === machine.revisionId);
    const version = same ?? {
      number: (known[0]?.number ?? 0) + 1,
      revisionId: machine.revisionId,
      roleArn: machine.roleArn,
      createdAt: this.now(),
      ...(input['description'] === undefined ? {} : { description: input['description'] }),
    };
    this.root.transactionSync(() => void this.versions.put([machine.arn, version.number], version));
    return {
      stateMachineVersionArn: `${machine.arn}:${version.number}`,
      creationDate: version.createdAt / 1000,
    };
  }

  private listVersions(input: Input): object {
    const { arn } = this.machine(input['stateMachineArn'] ?? '');
    const limit = Number(input['maxResults'] ?? 100) || 100;
    const before = Number(input['nextToken'] ?? Infinity);
    const all = this.versionsOf(arn).filter(({ number }) => number < before);
    const page = all.slice(0, limit);
    return {
      stateMachineVersions: page.map(({ number, createdAt }) => ({
        stateMachineVersionArn: `${arn}:${number}`,
        creationDate: createdAt / 1000,
      })),
      ...(all.length > limit ? { nextToken: String(page.at(-1)?.number) } : {}),
    };
  }

  private removeVersion(versionArn: string): object {
    const [machineArn, number] = split(versionArn);
    const holder = this.aliasesOf(machineArn).find(({ routes }) =>
      routes.some((route) => route.stateMachineVersionArn === versionArn),
    );
    if (holder !== undefined)
      throw new AwsError('ConflictException', `The alias ${holder.name} points at the version.`);
    this.root.transactionSync(() => void this.versions.remove([machineArn, Number(number)]));
    return {};
  }

  private createAlias(input: Input): object {
    const name: string = input['name'] ?? '';
    if (!NAME.test(name)) throw new AwsError('ValidationException', `Invalid name of an alias: '${name}'`);
    const routes = this.checked(input['routingConfiguration']);
    const [machineArn] = split(routes[0]?.stateMachineVersionArn ?? '');
    const earlier = this.aliases.get([machineArn, name]);
    if (earlier !== undefined && JSON.stringify(earlier.routes) !== JSON.stringify(routes))
      throw new AwsError('ConflictException', `The alias ${name} exists and points elsewhere.`);
    const now = this.now();
    const alias = { name, routes, createdAt: earlier?.createdAt ?? now, updatedAt: now };
    this.putAlias(machineArn, alias, input['description']);
    return { stateMachineAliasArn: `${machineArn}:${name}`, creationDate: alias.createdAt / 1000 };
  }

  private updateAlias(input: Input): object {
    const [arn, alias] = this.alias(input['stateMachineAliasArn'] ?? '');
    const given: unknown = input['routingConfiguration'];
    const routes = given === undefined ? alias.routes : this.checked(given);
    const updatedAt = this.now();
    this.putAlias(machineArnOf(arn), { ...alias, routes, updatedAt }, input['description']);
    return { updateDate: updatedAt / 1000 };
  }

  private putAlias(machineArn: string, alias: Alias, description: string | undefined): void {
    const whole = description === undefined ? alias : { ...alias, description };
    this.root.transactionSync(() => void this.aliases.put([machineArn, alias.name], whole));
  }

  private checked(given: unknown): readonly Route[] {
    const routes = (Array.isArray(given) ? given : []) as readonly Route[];
    const machines = new Set(routes.map((route) => split(route.stateMachineVersionArn)[0]));
    const whole = routes.reduce((sum, { weight }) => sum + weight, 0);
    if (routes.length < 1 || routes.length > 2 || whole !== 100 || machines.size !== 1)
      throw new AwsError(
        'ValidationException',
        'A routing configuration has one or two versions of one machine, whose weights are 100 together.',
      );
    for (const route of routes) {
      try {
        this.version(route.stateMachineVersionArn);
      } catch {
        throw new AwsError('ResourceNotFound', `Resource not found: '${route.stateMachineVersionArn}'`);
      }
    }
    return routes;
  }

  private alias(arn: string): readonly [arn: string, alias: Alias] {
    const [machineArn, name] = split(arn);
    const found = this.aliases.get([machineArn, name ?? '']);
    if (found === undefined) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`);
    return [arn, found];
  }

  /** Newest first. */
  private versionsOf(machineArn: string): Version[] {
    return [...this.versions.getRange({ start: [machineArn, Infinity], end: [machineArn, 0], reverse: true })]
      .filter(({ key }) => key[0] === machineArn)
      .map(({ value }) => value);
  }

  private aliasesOf(machineArn: string): Alias[] {
    return [...this.aliases.getRange({ start: [machineArn, ''], end: [machineArn, '\uffff'] })].map(
      ({ value }) => value,
    );
  }
}

/** The ARN of the machine, and what stands behind it. */
function split(arn: string): [machineArn: string, qualifier: string | undefined] {
  const parts = arn.split(':');
  return [parts.slice(0, 7).join(':'), parts[7]];
}

export function machineArnOf(arn: string): string {
  return split(arn)[0];
}

function describeAlias(arn: string, alias: Alias): object {
  return {
    stateMachineAliasArn: arn,
    name: alias.name,
    ...(alias.description === undefined ? {} : { description: alias.description }),
    routingConfiguration: alias.routes,
    creationDate: alias.createdAt / 1000,
    updateDate: alias.updatedAt / 1000,
  };
}
