import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { readParquet, type Table } from '../../lib/data/read-parquet';
import { forecastErrors, rollingOrigins } from '../../lib/ml/forecast/rolling-origin';
import { seriesOf, type Series } from '../../lib/ml/forecast/series';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { evaluateForecast } from '../../lib/tasks/evaluate-forecast';
import { forecasterOf, type Known } from './methods';

export const handler = taskHandler(evaluateForecast, async (input, context) => {
  const { dataset, horizon, origins: count, stride, period, least } = input;
  const wanted = new Set([input.time, input.value, ...input.known]);
  const schema = dataset.columns.filter(({ name }) => wanted.has(name));
  const table = await readParquet(await context.objects.getBytes(dataset.uri), schema);
  const known = named(input, () => knownIn(table, input));
  const { values } = known.series;
  const origins = named(input, () =>
    rollingOrigins(values.length, {
      horizon,
      origins: count,
      ...(stride === undefined ? {} : { stride }),
      least: 2 * period + horizon,
    }),
  );
  const compared = input.methods.map((method) => {
    const forecast = named(input, () => forecasterOf(method, input, known));
    const started = Date.now();
    const forecasts = origins.map((origin) =>
      Float64Array.from(
        named(input, () => forecast(origin)),
        (value) => Math.max(value, least ?? -Infinity),
      ),
    );
    context.log.info('Forecast', { method, seconds: (Date.now() - started) / 1000 });
    return { method, forecasts, errors: forecastErrors(values, origins, forecasts, period) };
  });
  if (compared[0]!.errors.count === 0)
    throw new InvalidDataset(
      `Dataset '${dataset.name}' has no value of '${input.value}' to compare forecasts with.`,
    );
  const broken = compared.find(
    ({ errors }) => ![errors.mae, errors.rmse, errors.bias].every(Number.isFinite),
  );
  if (broken !== undefined)
    throw new InvalidDataset(
      `Forecasts of '${input.value}' by ${broken.method} have no finite error (RMSE ${broken.errors.rmse}): the values of '${dataset.name}' are too large to square. Scale them before.`,
    );
  const finite = (value: number) => (Number.isFinite(value) ? value : null);
  const methods = compared.map(({ method, errors }) => ({
    method,
    ...errors,
    mape: finite(errors.mape),
    mase: finite(errors.mase),
  }));
  const best = [...methods].sort((a, b) => a.rmse - b.rmse)[0]!.method;
  const timeOf = (t: number) => new Date(known.series.start + t * known.series.step).toISOString();
  const prefix = `reports/${context.run.pipeline}/${context.run.id}/${context.task}`;
  const json = await context.objects.putBytes(
    `${prefix}.json`,
    JSON.stringify(
      { methods, best, horizon, period, origins: origins.map(timeOf), dataset: dataset.uri },
      null,
      2,
    ),
    { contentType: 'application/json' },
  );
  const { renderForecast } = await import('../../lib/reports/forecast-page');
  const report = await context.objects.putBytes(
    `${prefix}.html`,
    renderForecast({
      title: `Forecasts of ${input.value}`,
      subtitle: `${dataset.name}: ${origins.length} origins, ${horizon} steps each`,
      methods,
      best,
      start: known.series.start,
      step: known.series.step,
      values,
      origins,
      horizon,
      forecasts: compared.map(({ method, forecasts }) => ({ method, forecasts })),
    }),
    { contentType: 'text/html; charset=utf-8' },
  );
  const run = await (await context.tracking()).startRun({ name: context.task });
  await run.logParams({ period, horizon, origins: origins.length, value: input.value });
  await run.logMetrics(
    Object.fromEntries(
      methods.flatMap(({ method, rmse, mae, mase }) => [
        [`rmse_${method}`, rmse],
        [`mae_${method}`, mae],
        ...(mase === null ? [] : [[`mase_${method}`, mase] as [string, number]]),
      ]),
    ),
  );
  await run.logInput(dataset, 'history');
  await run.end('FINISHED');
  return { methods, best, report, json, runId: run.runId };
});

type Input = InputOf<typeof evaluateForecast>;

function knownIn(table: Table, { dataset, time, value, known, stepSeconds }: Input): Known {
  const column = (name: string) => {
    const found = table.columns.find((one) => one.name === name);
    if (found === undefined)
      throw new RangeError(
        `there is no column '${name}'; columns: ${dataset.columns.map((one) => one.name).join(', ')}.`,
      );
    return found.values;
  };
  const times = column(time).map((cell) => (typeof cell === 'number' ? cell : Date.parse(String(cell))));
  const step = stepSeconds === undefined ? undefined : stepSeconds * 1000;
  const seriesFor = (name: string): Series =>
    seriesOf(
      times,
      column(name).map((cell, row) => {
        if (cell === null) return Number.NaN;
        if (typeof cell !== 'number' || !Number.isFinite(cell))
          throw new RangeError(
            `'${name}' is '${String(cell)}' in row ${row + 1}, which is no finite number.`,
          );
        return cell;
      }),
      step,
    );
  return {
    series: seriesFor(value),
    columns: known.map((name) => ({ name, values: seriesFor(name).values })),
  };
}

/** @throws InvalidDataset that names the dataset, which those below do not know */
function named<T>({ dataset }: Input, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvalidDataset(
      `Dataset '${dataset.name}' cannot be forecast: ${cause.message} It is ${dataset.uri}.`,
      { cause },
    );
  }
}
