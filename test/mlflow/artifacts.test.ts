import { ObjectStore } from '../../lib/aws/object-store';
import { s3Client } from '../../lib/aws/clients/s3';
import { handleRequest } from '../../lib/mlflow/handle-request';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { get, post, refusal, request } from '../support/mlflow-api';

const PROXY = '/api/2.0/mlflow-artifacts';
let aws: LocalAws;
let run_id: string;
beforeAll(async () => {
  aws = await startLocalAws();
  run_id = (await post('runs/create', {})).run.info.run_id as string;
  for (const [path, text] of [
    ['a.txt', 'alpha'],
    ['model/MLmodel', 'flavors: {}'],
    ['model/data/b c.bin', 'beta'],
  ] as const)
    await request('PUT', `${PROXY}/artifacts/0/${run_id}/${encodeURI(path)}`, Buffer.from(text));
});
afterAll(async () => aws.stop());

const download = (path: string) => get(`${PROXY}/artifacts/0/${run_id}/${path}`);

describe('artifacts', () => {
  it('are listed folder by folder, below the run', async () => {
    const list = async (path = '') => (await get(`artifacts/list?run_id=${run_id}&path=${path}`)).json;
    expect(await list()).toEqual({
      root_uri: `mlflow-artifacts:/0/${run_id}`,
      files: [
        { path: 'a.txt', is_dir: false, file_size: 5 },
        { path: 'model', is_dir: true },
      ],
    });
    expect((await list('model')).files).toEqual([
      { path: 'model/MLmodel', is_dir: false, file_size: 11 },
      { path: 'model/data', is_dir: true },
    ]);
    expect((await list('a.txt')).files).toBeUndefined();
    expect((await list('nowhere')).files).toBeUndefined();
    expect((await get('artifacts/list?run_id=none')).status).toBe(404);
  });

  it('are listed by name through the proxy', async () => {
    expect((await get(`${PROXY}/artifacts?path=0/${run_id}/model`)).json.files).toEqual([
      { path: 'MLmodel', is_dir: false, file_size: 11 },
      { path: 'data', is_dir: true },
    ]);
  });

  it('come back as they were sent, as attachments that no browser runs', async () => {
    const answer = await download('model/data/b%20c.bin');
    expect(answer).toMatchObject({ status: 200, text: 'beta' });
    expect(answer.headers).toMatchObject({
      'content-length': '4',
      'content-disposition': "attachment; filename*=UTF-8''b%20c.bin",
      'x-content-type-options': 'nosniff',
    });
    expect(await download('none.txt')).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', /^No artifact at 0\//),
    });
  });

  it('come in parts on request', async () => {
    const answer = await handleRequest({
      method: 'GET',
      path: `${PROXY}/artifacts/0/${run_id}/a.txt`,
      query: {},
      headers: { range: 'bytes=1-2' },
      body: Buffer.alloc(0),
    });
    expect(answer).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 1-2/5', 'content-length': '2' },
    });
  });

  it('of a run, a version and a logged model are got by their paths there', async () => {
    expect((await get(`/get-artifact?run_uuid=${run_id}&path=a.txt`)).text).toBe('alpha');
    await post('registered-models/create', { name: 'files' });
    await post('model-versions/create', { name: 'files', source: `mlflow-artifacts:/0/${run_id}/model` });
    expect((await get('/model-versions/get-artifact?name=files&version=1&path=MLmodel')).text).toBe(
      'flavors: {}',
    );
    await post('model-versions/create', { name: 'files', source: `runs:/${run_id}/model`, run_id });
    expect((await get('/model-versions/get-artifact?name=files&version=2&path=MLmodel')).text).toBe(
      'flavors: {}',
    );
    expect(await get('/model-versions/get-artifact?name=files&version=2&path=../x')).toMatchObject({
      status: 400,
    });
    const { model } = await post('logged-models', { experiment_id: '0', name: 'm' });
    const id = model.info.model_id as string;
    await request('PUT', `${PROXY}/artifacts/0/models/${id}/artifacts/x/y.txt`, Buffer.from('why'));
    const file = `/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files?artifact_file_path=x/y.txt`;
    expect((await get(file)).text).toBe('why');
    expect((await get(`logged-models/${id}/artifacts/directories`)).json.files).toEqual([
      { path: 'x', is_dir: true },
    ]);
  });

  it('are deleted, folders with all below', async () => {
    await request('PUT', `${PROXY}/artifacts/0/gone/x/y`, Buffer.from('1'));
    await request('PUT', `${PROXY}/artifacts/0/gone2`, Buffer.from('1'));
    expect((await request('DELETE', `${PROXY}/artifacts/0/gone`)).json).toEqual({});
    expect((await get(`${PROXY}/artifacts/0/gone/x/y`)).status).toBe(404);
    expect((await get(`${PROXY}/artifacts/0/gone2`)).status).toBe(200);
  });

  it.each(['../raw/x', 'a/../../x', '%2E%2E/x', 'a/./b', 'a//b', 'a%5Cb', '%00', '%252e%252e/x'])(
    'are not found outside of their folder: %s',
    async (path) => {
      for (const method of ['GET', 'PUT', 'DELETE'])
        expect(
          await request(method, `${PROXY}/artifacts/${path}`, method === 'PUT' ? 'x' : undefined),
        ).toMatchObject(refusal('INVALID_PARAMETER_VALUE', /^Invalid path/));
      expect((await get(`artifacts/list?run_id=${run_id}&path=${path}`)).status).toBe(400);
      expect((await get(`/get-artifact?run_id=${run_id}&path=${path}`)).status).toBe(400);
    },
  );

  it('that are too large for an answer are fetched from S3', async () => {
    const path = `${PROXY}/artifacts/0/${run_id}/a.txt`;
    const answer = await handleRequest(
      { method: 'GET', path, query: {}, headers: {}, body: Buffer.alloc(0) },
      { maxInlineBytes: 4 },
    );
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers['location'] ?? '');
    expect(location.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
    expect(await (await fetch(location)).text()).toBe('alpha');
  });
});

describe('presigned URLs', () => {
  it('let an artifact be fetched without credentials', async () => {
    const { json } = await get(`${PROXY}/presigned/0/${run_id}/a.txt`);
    expect(json.file_size).toBe(5);
    expect(await (await fetch(json.url as string)).text()).toBe('alpha');
    expect((await get(`${PROXY}/presigned/0/${run_id}/none`)).status).toBe(404);
  });

  it('let an artifact of a run be stored', async () => {
    const { presigned_url } = await post('artifacts/presigned-upload-url', { run_id, path: 'up.txt' });
    expect((await fetch(presigned_url as string, { method: 'PUT', body: 'up' })).status).toBe(200);
    expect((await download('up.txt')).text).toBe('up');
  });
});

describe('an upload in parts', () => {
  const MiB = 1024 * 1024;
  const folder = `mpu`;
  const begin = async (num_parts: number) =>
    post(`${PROXY}/mpu/create/0/${folder}`, { path: '/home/ann/big.bin', num_parts });
  const send = async (url: string, body: Uint8Array) =>
    (await fetch(url, { method: 'PUT', body })).headers.get('etag') ?? '';

  it('goes to S3 and becomes an artifact when it is complete', async () => {
    const { upload_id, credentials } = await begin(2);
    const bodies = [Buffer.alloc(5 * MiB, 'a'), Buffer.from('end')];
    const parts = await Promise.all(
      (credentials as { url: string; part_number: number }[]).map(async ({ url, part_number }, i) => ({
        part_number,
        etag: await send(url, bodies[i] as Buffer),
        url,
      })),
    );
    await post(`${PROXY}/mpu/complete/0/${folder}`, { path: 'big.bin', upload_id, parts });
    const stored = await new ObjectStore(s3Client(), 'millrace-test-data').getBytes(
      'artifacts/0/mpu/big.bin',
    );
    expect(Buffer.concat(bodies).equals(stored)).toBe(true);
  });

  it('is thrown away when it is aborted', async () => {
    const { upload_id, credentials } = await begin(1);
    const etag = await send(credentials[0].url as string, Buffer.from('x'));
    await post(`${PROXY}/mpu/abort/0/${folder}`, { path: 'big.bin', upload_id });
    const again = await request('POST', `${PROXY}/mpu/complete/0/${folder}`, {
      path: 'big.bin',
      upload_id,
      parts: [{ part_number: 1, etag }],
    });
    expect(again).toMatchObject({
      status: 404,
      ...refusal('RESOURCE_DOES_NOT_EXIST', /upload does not exist/),
    });
  });

  it('has 1 to 10000 parts', async () => {
    for (const num_parts of [0, 10_001])
      expect((await request('POST', `${PROXY}/mpu/create/0/x`, { path: 'x', num_parts })).status).toBe(400);
  });
});

describe('with MILLRACE_MLFLOW_ARTIFACTS=s3', () => {
  it('clients read where the artifacts lie in S3', async () => {
    process.env['MILLRACE_MLFLOW_ARTIFACTS'] = 's3';
    try {
      expect((await get(`runs/get?run_id=${run_id}`)).json.run.info.artifact_uri).toBe(
        `s3://millrace-test-data/artifacts/0/${run_id}`,
      );
    } finally {
      delete process.env['MILLRACE_MLFLOW_ARTIFACTS'];
    }
  });
});
