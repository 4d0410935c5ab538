import {
  createExperiment,
  ensureExperiment,
  getExperiment,
  listExperiments,
} from '../../lib/tracking/experiments';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

describe('experiments', () => {
  it('are made once under a name, by however many ask at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => ensureExperiment('credit-risk')));
    expect(new Set(made.map((experiment) => experiment.id)).size).toBe(1);
    expect(made[0]).toMatchObject({
      name: 'credit-risk',
      artifactLocation: `s3://millrace-test-data/artifacts/${made[0]?.id}`,
      lifecycleStage: 'active',
    });
  });

  it('have numeric ids that count up, and are listed newest first', async () => {
    const a = await createExperiment('older');
    const b = await createExperiment('newer', { team: 'risk' });
    expect(Number(b.id)).toBeGreaterThan(Number(a.id));
    const names = (await listExperiments()).map((experiment) => experiment.name);
    expect(names.indexOf('newer')).toBeLessThan(names.indexOf('older'));
    expect(await getExperiment(b.id)).toEqual(b);
  });

  it('refuse a name that is taken, in MLflow’s words', async () => {
    await createExperiment('taken');
    await expect(createExperiment('taken')).rejects.toMatchObject({
      name: 'Millrace.TrackingRefused',
      code: 'RESOURCE_ALREADY_EXISTS',
      message: 'Experiment(name=taken) already exists.',
    });
  });

  it('have number 0, Default, for clients that name none', async () => {
    expect(await getExperiment('0')).toMatchObject({ id: '0', name: 'Default' });
    await expect(getExperiment('4711')).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
  });

  it('refuse an empty name', async () => {
    await expect(createExperiment(' ')).rejects.toMatchObject({ code: 'INVALID_PARAMETER_VALUE' });
  });
});
