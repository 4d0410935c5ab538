import { resourceNames } from '../../lib/aws/environment';

describe('names of resources', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('come from the environment; a missing one is named', () => {
    Object.assign(process.env, {
      MILLRACE_STAGE: 'dev',
      MILLRACE_BUCKET: 'b',
      MILLRACE_TRACKING_TABLE: 't',
      MILLRACE_ORCHESTRATION_TABLE: 'o',
    });
    expect(resourceNames()).toMatchObject({ stage: 'dev', bucket: 'b', codeHash: 'unknown' });
    delete process.env['MILLRACE_BUCKET'];
    expect(() => resourceNames()).toThrow('The environment variable MILLRACE_BUCKET is missing');
  });
});
