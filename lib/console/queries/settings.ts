/** Variables and connections of the stage. Of a connection only that it is there: what is secret is not even decrypted. */
import { GetParametersByPathCommand, type Parameter } from '@aws-sdk/client-ssm';
import { ssmClient } from '../../aws/clients/ssm';
import { resourceNames } from '../../aws/environment';
import { connectionsPath, variablesPath } from '../../connections/places';
import type { SettingsView } from '../views/operations';

export async function readSettings(): Promise<SettingsView> {
  const { stage } = resourceNames();
  const [variables, connections] = await Promise.all([
    parametersUnder(variablesPath(stage)),
    parametersUnder(connectionsPath(stage)),
  ]);
  return {
    variables: variables.map(({ name, parameter }) => ({
      name,
      value: parameter.Type === 'SecureString' ? null : (parameter.Value ?? ''),
      changedAt: parameter.LastModifiedDate?.toISOString() ?? null,
    })),
    connections: connections.map(({ name, parameter }) => ({
      name,
      changedAt: parameter.LastModifiedDate?.toISOString() ?? null,
    })),
  };
}

async function parametersUnder(path: string): Promise<{ name: string; parameter: Parameter }[]> {
  const found: { name: string; parameter: Parameter }[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssmClient().send(
      new GetParametersByPathCommand({ Path: path, WithDecryption: false, NextToken }),
    );
    for (const parameter of page.Parameters ?? [])
      found.push({ name: (parameter.Name ?? '').slice(path.length + 1), parameter });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
