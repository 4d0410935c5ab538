/** Builds the program, runs one command, turns whatever went wrong into one block of text and an exit code. */
import { CommanderError } from 'commander';
import { CliError, EXIT, type ExitCode } from './cli-error';
import { environmentFault } from './environment-fault';
import { Output, type OutputOptions } from './output';
import { createProgram } from './program';

/** @param streams where results and faults go; those of the process unless a test listens */
export async function main(
  argv: readonly string[],
  { stdout, stderr }: Pick<OutputOptions, 'stdout' | 'stderr'> = process,
): Promise<ExitCode> {
  const json = argv.includes('--json');
  const terminal = 'isTTY' in stdout && stdout.isTTY;
  const output = new Output({
    stdout,
    stderr,
    json,
    color: !argv.includes('--no-color') && !process.env['NO_COLOR'] && terminal && !json,
  });
  let exitCode: ExitCode = EXIT.ok;
  const program = createProgram(output, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    return report(error, output, argv.includes('--debug'));
  }
}

function report(error: unknown, output: Output, debug: boolean): ExitCode {
  // Commander has written its message for people, and the help that was asked for, by itself.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    if (error.code !== 'commander.help') reportUsage(error, output);
    return EXIT.usage;
  }
  const { color } = output;
  const known =
    error instanceof CliError ? error : remedyOf(error) === undefined ? environmentFault(error) : undefined;
  const remedy = known?.remedy ?? remedyOf(error);
  if (output.json) {
    output.result({
      error: {
        name: known ? (nameOf(known.cause) ?? known.name) : (nameOf(error) ?? 'Error'),
        message: messageOf(known ?? error),
        where: known?.where ?? null,
        remedy: remedy ?? null,
      },
    });
  }
  output.error(`${color.red('error')} ${messageOf(known ?? error)}`);
  if (known?.where !== undefined) output.error(`  ${color.dim('where')}  ${known.where}`);
  if (remedy !== undefined) output.error(`  ${color.dim('remedy')} ${remedy}`);
  if (debug && error instanceof Error) {
    output.error(error.stack ?? '');
    if (error.cause instanceof Error) output.error(error.cause.stack ?? '');
  } else if (known === undefined && remedy === undefined) {
    output.error(`  ${color.dim('remedy')} Run the command again with --debug for the stack.`);
  }
  return known?.code ?? (remedy === undefined ? EXIT.failed : EXIT.environment);
}

function reportUsage(error: CommanderError, output: Output): void {
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n');
  const remedy = [...suggestion, 'See `millrace --help`, or --help of the command.'].join(' ');
  output.result({ error: { name: 'Millrace.Usage', message, where: 'command line', remedy } });
  output.error(`  ${output.color.dim('remedy')} See \`millrace --help\`, or --help of the command.`);
}

/** Errors of the local cloud carry their own remedy. */
function remedyOf(error: unknown): string | undefined {
  const remedy = typeof error === 'object' && error !== null && 'remedy' in error ? error.remedy : undefined;
  return typeof remedy === 'string' ? remedy : undefined;
}

function nameOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('name' in error)) return undefined;
  // Errors of the system are all named `Error`; their code tells them apart.
  const name = error.name === 'Error' && 'code' in error ? error.code : error.name;
  return typeof name === 'string' ? name : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
