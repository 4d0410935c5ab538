/**
 * Where a command writes: results to stdout, progress and faults to stderr.
 * Colour only on a terminal, and never under `NO_COLOR` or `--no-color`; with `--json` stdout holds JSON alone.
 */
import pc from 'picocolors';
import { renderTable, type Column } from './render/table';

export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly stderr: NodeJS.WriteStream | NodeJS.WritableStream;
  readonly json: boolean;
  readonly color: boolean;
}

/** Width of tables when stdout is not a terminal. */
const DEFAULT_COLUMNS = 80;

export class Output {
  readonly json: boolean;
  readonly color: ReturnType<typeof pc.createColors>;
  private readonly stdout: OutputOptions['stdout'];
  private readonly stderr: OutputOptions['stderr'];

  constructor(options: OutputOptions) {
    this.json = options.json;
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.color = pc.createColors(options.color);
  }

  get interactive(): boolean {
    return !this.json && 'isTTY' in this.stdout && this.stdout.isTTY;
  }

  get columns(): number {
    return 'columns' in this.stdout && this.stdout.columns > 0 ? this.stdout.columns : DEFAULT_COLUMNS;
  }

  /** A line for people. Nothing under `--json`. */
  line(text = ''): void {
    if (!this.json) this.stdout.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line(this.color.bold(text));
  }

  /** The result for machines. Nothing without `--json`. */
  result(value: unknown): void {
    if (this.json) this.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    if (!this.json) this.stdout.write(renderTable(columns, rows, this.columns, this.color));
  }

  /** Text that goes to stdout as it is, e.g. a graph. */
  raw(text: string): void {
    this.stdout.write(text);
  }

  /** What is going on, for whoever waits. */
  progress(text: string): void {
    this.stderr.write(`${this.color.dim(text)}\n`);
  }

  warn(text: string): void {
    this.stderr.write(`${this.color.yellow('warning')} ${text}\n`);
  }

  error(text: string): void {
    this.stderr.write(`${text}\n`);
  }
}
