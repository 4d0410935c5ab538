/** Parameter Store, and through it Secrets Manager: values by name. */
import { DeleteParameterCommand, GetParametersByPathCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { ssmClient } from './clients/ssm';

/** Longest value of a parameter of the standard tier, bytes. */
export const MAX_PARAMETER_BYTES = 4096;

export interface StoredParameter {
  readonly name: string;
  readonly value: string;
  /** ISO instant. */
  readonly changedAt?: string;
}

/** All parameters directly under a path, by name. */
export async function listParameters(Path: string): Promise<StoredParameter[]> {
  const found: StoredParameter[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssmClient().send(
      new GetParametersByPathCommand({ Path, WithDecryption: true, NextToken }),
    );
    for (const { Name = '', Value = '', LastModifiedDate } of page.Parameters ?? [])
      found.push({
        name: Name.slice(Path.length + 1),
        value: Value,
        ...(LastModifiedDate === undefined ? {} : { changedAt: LastModifiedDate.toISOString() }),
      });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function writeParameter(
  Name: string,
  Value: string,
  { secret, description }: { readonly secret: boolean; readonly description: string },
): Promise<void> {
  await ssmClient().send(
    new PutParameterCommand({
      Name,
      Value,
      Type: secret ? 'SecureString' : 'String',
      Overwrite: true,
      Description: description,
    }),
  );
}

/** Returns false when there was none. */
export async function deleteParameter(Name: string): Promise<boolean> {
  try {
    await ssmClient().send(new DeleteParameterCommand({ Name }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ParameterNotFound';
}
