/** What the example's GitHub Actions and Jenkins do: commands that there are, nothing stored, everything pinned. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { millraceHere, ROOT } from '../support/millrace';

const EXAMPLE = join(ROOT, 'examples', 'my-first-project');
const textOf = (file: string) => readFileSync(join(EXAMPLE, file), 'utf8');
const WORKFLOWS = ['.github/workflows/deploy.yml', '.github/workflows/promote-model.yml'];
const PAIRS = [
  [WORKFLOWS[0]!, 'Jenkinsfile'],
  [WORKFLOWS[1]!, 'Jenkinsfile.promote'],
] as const;

/** Commands of millrace in a text, e.g. `models promote`, with their flags. */
function commandsIn(text: string): { readonly command: string; readonly flags: readonly string[] }[] {
  return [...text.matchAll(/npx millrace (models \w+|\w+)([^;\n|>]*)/g)].map(
    ([, command = '', rest = '']) => ({
      command,
      flags: [...rest.matchAll(/(?<=\s)--[a-z-]+/g)].map(([flag]) => flag),
    }),
  );
}

const millrace = millraceHere(join(ROOT, '.millrace'));

it.each([...WORKFLOWS, 'Jenkinsfile', 'Jenkinsfile.promote'])(
  '%s calls commands with flags that there are',
  async (file) => {
    const commands = commandsIn(textOf(file));
    expect(commands.length).toBeGreaterThan(2);
    for (const { command, flags } of commands) {
      const { code, stdout } = await millrace(...command.split(' '), '--help');
      expect([command, code, stdout.includes(`millrace ${command}`)]).toEqual([command, 0, true]);
      expect([command, flags.filter((flag) => !stdout.includes(flag))]).toEqual([command, []]);
    }
  },
);

it.each(PAIRS)('%s does what %s does, in the same order', (workflow, jenkins) => {
  const named = (text: string) => [...new Set(commandsIn(text).map(({ command }) => command))];
  expect(named(textOf(jenkins))).toEqual(named(textOf(workflow)));
});

it.each(WORKFLOWS)(
  '%s has no secret, pins what it uses, and asks for a token only where it assumes a role',
  (file) => {
    const text = textOf(file);
    expect(text).not.toMatch(/secrets\.|AKIA|aws-secret-access-key/);
    for (const [, used = ''] of text.matchAll(/uses: (\S+)/g))
      expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    const jobs = text
      .slice(text.indexOf('\njobs:'))
      .split(/\n(?= {2}\w+:\n)/)
      .slice(1);
    expect(jobs.length).toBeGreaterThan(1);
    for (const job of jobs)
      expect([job.split('\n')[0], job.includes('id-token: write')]).toEqual([
        job.split('\n')[0],
        job.includes('role-to-assume'),
      ]);
    // What somebody types in is never part of a script.
    expect(text.match(/run: .*\$\{\{ inputs/g)).toBeNull();
  },
);
