/** The variables and connections of a task: those that its contract names, each read once per attempt. */
import { createHash } from 'node:crypto';
import { readConnection } from '../connections/read-connection';
import { readVariable } from '../connections/read-variable';
import { DoNotRetry } from '../model/errors';
import type { Connection } from '../tasks/connection';
import type { ConnectionKind, ConnectionSettings } from '../tasks/connection-kinds';
import type { Contract } from '../tasks/contract';
import type { ValueOf, Variable } from '../tasks/variable';

/** A handler reads a variable or a connection that its contract does not name. */
export class NotDeclared extends DoNotRetry {
  override readonly name = 'Millrace.NotDeclared';
}

export class DeclaredUses {
  private readonly read = new Map<string, Promise<unknown>>();

  constructor(private readonly contract: Pick<Contract, 'name' | 'uses'>) {}

  /** @throws NotDeclared, VariableNotSet, InvalidVariable */
  async variable<V extends Variable>(variable: V): Promise<ValueOf<V>> {
    const declared = this.contract.uses.variables?.find(({ name }) => name === variable.name);
    // In an account the role would refuse it too, in words of its own.
    if (declared === undefined) throw this.undeclared('variable', 'variables', variable.name);
    return this.once(`variable ${variable.name}`, async () => readVariable(variable));
  }

  /** @throws NotDeclared, ConnectionNotSet, InvalidConnection */
  async connection<Kind extends ConnectionKind>(
    connection: Connection<Kind>,
  ): Promise<ConnectionSettings<Kind>> {
    const declared = this.contract.uses.connections?.find(({ name }) => name === connection.name);
    if (declared === undefined) throw this.undeclared('connection', 'connections', connection.name);
    return this.once(`connection ${connection.name}`, async () => readConnection(connection));
  }

  /** Hash of the values of all variables: another value may mean another result. Nothing when there are none. */
  async hash(): Promise<string | undefined> {
    const variables = this.contract.uses.variables ?? [];
    if (variables.length === 0) return undefined;
    const values = await Promise.all(
      variables.map(async (variable) => [variable.name, await this.variable(variable)]),
    );
    return createHash('sha256').update(JSON.stringify(values)).digest('hex');
  }

  private async once<T>(key: string, read: () => Promise<T>): Promise<T> {
    const known = this.read.get(key) ?? read();
    this.read.set(key, known);
    return known as Promise<T>;
  }

  private undeclared(what: string, member: string, name: string): NotDeclared {
    return new NotDeclared(
      `The handler of ${this.contract.name} reads the ${what} '${name}', which its contract does not name. Add it to the contract: uses: { ${member}: [${name.replace(/\W(\w)/g, (_dash, letter: string) => letter.toUpperCase())}] }.`,
    );
  }
}
