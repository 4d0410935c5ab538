/**
 * Parameter Store on this machine, as far as secrets need it. Values lie in the state directory as they are: what is
 * secret in an account has no business here.
 */
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type JsonService } from '../service';

interface Parameter {
  readonly Name: string;
  readonly Type: string;
  readonly Value: string;
  readonly Version: number;
  /** Seconds since 1970. */
  readonly LastModifiedDate: number;
}

interface Input {
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly Type?: string;
  readonly Value?: string;
  readonly Overwrite?: boolean;
  readonly Path?: string;
  readonly Recursive?: boolean;
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

export class Parameters implements JsonService {
  readonly target = 'AmazonSSM';
  readonly jsonVersion = '1.1';
  private readonly parameters: Database<Parameter, string>;

  constructor(private readonly root: RootDatabase) {
    this.parameters = root.openDB({ name: 'ssm.parameters', encoding: 'json' });
  }

  async call(operation: string, input: unknown): Promise<unknown> {
    const { Name = '', Names = [], Type = 'String', Value = '', Overwrite } = input as Input;
    switch (operation) {
      case 'PutParameter':
        return this.root.transactionSync(() => this.put(Name, Type, Value, Overwrite === true));
      case 'GetParameter':
        return { Parameter: this.known(Name) };
      case 'GetParameters':
        return {
          Parameters: Names.flatMap((name) => this.parameters.get(name) ?? []),
          InvalidParameters: Names.filter((name) => this.parameters.get(name) === undefined),
        };
      case 'GetParametersByPath':
        return this.byPath(input as Input);
      case 'DeleteParameter':
        this.known(Name);
        this.root.transactionSync(() => void this.parameters.remove(Name));
        return {};
    }
    throw new AwsError('UnknownOperationException', `SSM ${operation} is not served here.`);
  }

  private put(name: string, type: string, value: string, overwrite: boolean): { readonly Version: number } {
    const earlier = this.parameters.get(name);
    if (earlier !== undefined && !overwrite)
      throw new AwsError(
        'ParameterAlreadyExists',
        `The parameter ${name} exists; overwrite it with Overwrite.`,
      );
    const Version = (earlier?.Version ?? 0) + 1;
    void this.parameters.put(name, {
      Name: name,
      Type: type,
      Value: value,
      Version,
      LastModifiedDate: Date.now() / 1000,
    });
    return { Version };
  }

  private byPath({ Path = '/', Recursive = false, MaxResults = 10, NextToken = '' }: Input): object {
    const below = Path.endsWith('/') ? Path : `${Path}/`;
    const page: Parameter[] = [];
    for (const { key, value } of this.parameters.getRange({ start: NextToken === '' ? below : NextToken })) {
      if (!key.startsWith(below)) break;
      if (key === NextToken || (!Recursive && key.slice(below.length).includes('/'))) continue;
      if (page.length === MaxResults) return { Parameters: page, NextToken: page.at(-1)?.Name };
      page.push(value);
    }
    return { Parameters: page };
  }

  private known(name: string): Parameter {
    const found = this.parameters.get(name);
    if (found === undefined) throw new AwsError('ParameterNotFound', `There is no parameter ${name}.`);
    return found;
  }
}
