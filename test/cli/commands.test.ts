/** Commands that need no cloud, in this process: help, wrong usage, names that nothing has; as text and as JSON. */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../lib/cli/cli-error';
import { millraceHere } from '../support/millrace';

const millrace = millraceHere(join(tmpdir(), 'millrace-nowhere'));

const COMMANDS = [
  'start',
  'dev',
  'list',
  'check',
  'graph',
  'cost',
  'run',
  'runs',
  'show',
  'logs',
  'models',
  'experiments',
  'lineage',
  'gc',
  'export',
  'import',
  'test',
  'clean',
];

describe('help', () => {
  it('names every command and the exit codes', async () => {
    const { code, stdout } = await millrace('--help');
    expect(code).toBe(EXIT.ok);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 done; 1 a run or a check failed; 2 wrong usage or input;');
  });

  it.each(COMMANDS)('of %s exits 0 and has the common options and an example', async (command) => {
    const { code, stdout, stderr } = await millrace(command, '--help');
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' });
    expect(stdout).toContain(`Usage: millrace ${command} `);
    for (const option of ['--json', '--no-color', '--debug', '--directory', '--cloud', '--stage'])
      expect(stdout).toContain(option);
    expect(stdout).toMatch(/Examples?:\n {2}(millrace|npm)/);
  });

  it('is what no command at all gets, as wrong usage', async () => {
    const { code, stderr } = await millrace();
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain('Usage: millrace');
  });

  it('has its exit codes in the README', () => {
    const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
    for (const row of ['| 0 ', '| 1 ', '| 2 ', '| 3 ']) expect(readme).toContain(row);
  });
});

describe('wrong usage', () => {
  const WRONG: [string[], string, string | null, string][] = [
    [['rnu'], "unknown command 'rnu'", 'command line', 'Did you mean run?'],
    [['runs', '--limt', '3'], "unknown option '--limt'", 'command line', 'Did you mean --limit?'],
    [['run'], "missing required argument 'pipeline'", 'command line', '--help'],
    [['list', 'extra'], 'too many arguments', 'command line', '--help'],
    [['graph', 'credit-risk', '--format', 'pdf'], 'text, mermaid, svg', 'command line', '--help'],
    [['list', '--cloud', 'azure'], 'local, aws', 'command line', '--help'],
    [['dev', '--port', 'http'], "'http' is not a whole number from 0 to 65535", '--port', 'whole number'],
    [['dev', '--at', '2027-01-04T06:00:00'], 'is not a time with its zone', '--at', 'ISO 8601'],
    [['dev', '--at', '2020-01-06T06:00:00Z'], 'has passed', '--at', 'millrace backfill'],
    [['start', '--port', '70000'], "'70000' is not a whole number", '--port', 'whole number'],
    [['runs', '--limit', '0'], "'0' is not a whole number from 1 to 1000", '--limit', 'whole number'],
    [['runs', '--limit', 'ten'], "'ten' is not a whole number", '--limit', 'whole number'],
    [['run', 'credit-risk', '--params', '{'], 'The params are not JSON', '--params', '--params'],
    [['run', 'credit-risk', '--params', '3'], 'not a JSON object', '--params', '--params'],
    [
      ['run', 'credit-risk', '--params', '{"seed": 1.5}'],
      'seed: expected int',
      '--params',
      'nothing was started',
    ],
    [
      ['run', 'credit-risk', '--params', '{"seeds": 1}'],
      'seeds: there is no such param',
      '--params',
      'Correct',
    ],
    [
      ['test', 'credit-risk', 'ingest', '--params', '{"seeds": 1}'],
      'there is no such param',
      '--params',
      'Correct',
    ],
    [['test', 'credit-risk', 'ingets'], "'credit-risk' has no task 'ingets'", null, "Did you mean 'ingest'?"],
    [['cost', 'credit-risk', '--seconds', '-1'], "'-1' is not a duration", '--seconds', '900'],
    [['cost', 'credit-risk', '--duration', 'ingets=3'], 'does not name a task', '--duration', 'ingest'],
    ...(['run', 'graph', 'cost', 'check'] as const).map((command): [string[], string, string, string] => [
      [command, 'credit-rsik'],
      "There is no pipeline 'credit-rsik'.",
      join(process.cwd(), 'pipelines'),
      "Did you mean 'credit-risk'? Pipelines here:",
    ]),
    [
      ['test', 'credit-rsik', 'x'],
      "There is no pipeline 'credit-rsik'.",
      join(process.cwd(), 'pipelines'),
      'Did you mean',
    ],
  ];

  it.each(WRONG)(
    '%j is told with place and remedy, as JSON and as text',
    async (args, message, where, remedy) => {
      const json = await millrace(...args, '--json');
      expect(json.code).toBe(EXIT.usage);
      const { error } = JSON.parse(json.stdout) as {
        error: { name: string; message: string; where: string | null; remedy: string };
      };
      expect(error.message).toContain(message);
      expect(error.where).toBe(where);
      expect(error.remedy).toContain(remedy);

      const text = await millrace(...args);
      expect({ code: text.code, stdout: text.stdout }).toEqual({ code: EXIT.usage, stdout: '' });
      expect(text.stderr).toContain(message);
      expect(text.stderr).toContain('remedy');
    },
  );
});

describe('a folder that is no project', () => {
  it('is told', async () => {
    const before = process.cwd();
    process.chdir('/');
    try {
      const { code, stderr } = await millrace('list');
      expect(code).toBe(EXIT.usage);
      expect(stderr).toContain('no folder upwards has cdk.json and pipelines/');
    } finally {
      process.chdir(before);
    }
  });
});
