import { namesOf } from '../../lib/cloud/names';
import { readSettings } from '../../lib/cloud/settings';

const read = (context: Readonly<Record<string, unknown>>) => readSettings((key) => context[key]);

describe('settings from the context', () => {
  it('default to dev on arm64, refusing broken pipelines', () => {
    expect(read({})).toMatchObject({
      stage: { name: 'dev', retain: false },
      architecture: 'arm64',
      allowBroken: false,
    });
  });

  it('understand what the command line passes as text', () => {
    expect(
      read({
        stage: 'prod',
        architecture: 'x86_64',
        'allow-broken': 'true',
        'permissions-boundary': 'Boundary',
      }),
    ).toMatchObject({
      stage: { name: 'prod', retain: true },
      architecture: 'x86_64',
      allowBroken: true,
      permissionsBoundary: 'Boundary',
    });
  });

  it.each([
    [
      { stage: 'production' },
      'stage is "production", which is no stage. Use one of dev, staging, prod: -c stage=dev.',
    ],
    [{ stage: '' }, 'stage is "", which is no stage.'],
    [{ architecture: 'x64' }, 'architecture is "x64", which Lambda does not offer. Use one of arm64, x86_64'],
    [{ 'allow-broken': 'yes' }, 'allow-broken is "yes", which is neither true nor false.'],
    [{ 'permissions-boundary': 'arn:aws:s3:::x' }, 'neither the name nor the ARN of a managed policy'],
  ])('refuse %j with the remedy', (context, message) => {
    expect(() => read(context)).toThrow(message);
  });
});

describe('names', () => {
  it('are those of docs/ARCHITECTURE.md', () => {
    const names = namesOf('staging');
    expect(names.function('credit-risk', 'ingest-csv')).toBe('millrace-staging-credit-risk-ingest-csv');
    expect(names.functionLogs('credit-risk', 'ingest-csv')).toBe('/millrace/staging/credit-risk/ingest-csv');
    expect(names.machineLogs('credit-risk')).toBe('/aws/vendedlogs/states/millrace-staging-credit-risk');
    expect(names.dataBucket).toBe('millrace-staging-data-${AWS::AccountId}-${AWS::Region}');
  });

  it('of functions keep to the limit of Lambda and stay different', () => {
    const names = namesOf('staging');
    const [a, b] = ['a', 'b'].map((end) =>
      names.function('a-pipeline-with-a-very-long-name', `train-something-${end}`),
    );
    expect(a).toHaveLength(64);
    expect(b).toHaveLength(64);
    expect(a).not.toBe(b);
    expect(a).toMatch(/^millrace-staging-a-pipeline-with-a-very-long-name-trai/);
  });
});
