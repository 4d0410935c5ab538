/** Context values of what runs beside the pipelines: where logs and metrics go, what may be spent. */
import { readRetention, type Retention } from './retention-settings';
import { SynthesisError } from './synthesis-error';

export interface OperationsSettings {
  /** `ship-logs`: name of a parameter of the stage that says where the lines of tasks' logs are sent. @default nowhere */
  readonly shipLogs?: string;
  /** `metrics-exporter`: an address where Prometheus reads the metrics of the stage. @default false */
  readonly metricsExporter: boolean;
  /** `monthly-budget`: US dollars; the alarm topic is told when the stage has cost 80 % of it, and when it will cost more. @default none */
  readonly monthlyBudget?: number;
  /** `keep-days`: folders of the data bucket whose objects go after so many days. @default they stay */
  readonly keepDays: Retention;
}

/** @throws SynthesisError for a value that is not understood */
export function readOperationsSettings(get: (key: string) => unknown): OperationsSettings {
  const shipLogs = get('ship-logs');
  const budget = get('monthly-budget');
  const exporter = get('metrics-exporter') ?? false;
  if (shipLogs !== undefined && (typeof shipLogs !== 'string' || !/^[\w.-]+(\/[\w.-]+)*$/.test(shipLogs)))
    throw refused('ship-logs', shipLogs, 'the name of a parameter', '-c ship-logs=log-store');
  if (budget !== undefined && !(Number(budget) >= 1))
    throw refused('monthly-budget', budget, 'an amount from 1 US dollar', '-c monthly-budget=50');
  if (!['true', 'false'].includes(String(exporter)))
    throw refused('metrics-exporter', exporter, 'true or false', '-c metrics-exporter=true');
  return {
    ...(shipLogs === undefined ? {} : { shipLogs: shipLogs as string }),
    metricsExporter: String(exporter) === 'true',
    keepDays: readRetention(get('keep-days')),
    ...(budget === undefined ? {} : { monthlyBudget: Number(budget) }),
  };
}

function refused(key: string, value: unknown, what: string, example: string): SynthesisError {
  return new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value ${key} is ${JSON.stringify(value)}, which is not ${what}.`,
    `Write ${example}, or leave it out.`,
  );
}
