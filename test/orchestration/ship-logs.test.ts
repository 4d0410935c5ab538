import { createServer, type Server } from 'node:http';
import { readDestination, shipLogs } from '../../lib/orchestration/ship-logs';

const batch = {
  messageType: 'DATA_MESSAGE' as const,
  logGroup: '/millrace/dev/churn/train',
  logStream: '2026/11/21/[1]abc',
  logEvents: [
    { id: '1', timestamp: Date.parse('2026-11-21T08:00:00Z'), message: 'plain\n' },
    {
      id: '2',
      timestamp: Date.parse('2026-11-21T08:00:01Z'),
      message: '{"level":"INFO","message":"Fitted","run":"r"}',
    },
  ],
};

describe('lines of logs', () => {
  let server: Server;
  let url: string;
  let asked: { readonly headers: Record<string, unknown>; readonly lines: unknown[] }[] = [];
  let answer: { status: number; body: string } = { status: 200, body: '' };
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        const lines = body.trim().split('\n');
        asked.push({ headers: request.headers, lines: lines.map((line) => JSON.parse(line) as unknown) });
        response.writeHead(answer.status).end(answer.body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/in`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    asked = [];
    answer = { status: 200, body: '' };
  });

  it('go as they are, those of the logger by their fields', async () => {
    const to = readDestination(JSON.stringify({ url, headers: { authorization: 'Basic abc' } }));
    expect(await shipLogs(batch, to)).toBe(2);
    const where = { group: batch.logGroup, stream: batch.logStream };
    expect(asked).toMatchObject([
      {
        headers: { authorization: 'Basic abc', 'content-type': 'application/x-ndjson' },
        lines: [
          { '@timestamp': '2026-11-21T08:00:00.000Z', message: 'plain', ...where },
          { '@timestamp': '2026-11-21T08:00:01.000Z', level: 'INFO', message: 'Fitted', run: 'r', ...where },
        ],
      },
    ]);
  });

  it('go to an index of their day, under ids that a repetition has too', async () => {
    const to = readDestination(JSON.stringify({ url, format: 'bulk', index: 'ml' }));
    await shipLogs(batch, to);
    expect(asked[0]?.lines[0]).toEqual({ index: { _index: 'ml-2026-11-21', _id: '2026/11/21/[1]abc#1' } });
    expect(asked[0]?.lines).toHaveLength(4);
  });

  it('are sent again when they were not taken', async () => {
    answer = { status: 503, body: 'busy' };
    await expect(shipLogs(batch, readDestination(url))).rejects.toThrow('answered with status 503: busy');
    answer = {
      status: 200,
      body: JSON.stringify({ errors: true, items: [{ index: {} }, { index: { error: 'x' } }] }),
    };
    const bulk = readDestination(JSON.stringify({ url, format: 'bulk' }));
    await expect(shipLogs(batch, bulk)).rejects.toThrow('refused 1 lines of 2');
    await expect(shipLogs(batch, readDestination('http://127.0.0.1:1/'))).rejects.toThrow('did not answer');
  });

  it.each([
    ['http://example.com/in', 'url: must be an https URL'],
    ['{"url": "https://x.example", "format": "xml"}', 'format:'],
    ['{"url": "https://x.example", "index": "Große Worte"}', 'index:'],
    ['{', 'it:'],
  ])('are sent nowhere by %s', (secret, fault) => {
    expect(() => readDestination(secret)).toThrow(fault);
    expect(() => readDestination(secret)).not.toThrow('example');
  });
});
