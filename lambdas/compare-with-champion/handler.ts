import { taskHandler } from '../../lib/runtime/task-handler';
import { compareWithChampion } from '../../lib/tasks/compare-with-champion';
import { getVersionByAlias } from '../../lib/tracking/model-versions';
import { readTestRows, scoreModel } from '../score-model';

export const handler = taskHandler(compareWithChampion, async (input, context) => {
  const rows = await readTestRows(context, input.test);
  const candidate = (await scoreModel(context, input.model.uri, rows)).metrics[input.metric];
  const holder = await getVersionByAlias(input.name, input.alias);
  const named = input.metric === 'auc' ? 'AUC' : input.metric;
  if (holder === undefined) {
    return {
      better: true,
      reason: `${named} ${candidate.toFixed(4)}; no version is ${input.alias} yet`,
      candidate,
      champion: null,
      expected: null,
    };
  }
  const value = (await scoreModel(context, holder.source, rows)).metrics[input.metric];
  const gain = input.metric === 'logLoss' ? value - candidate : candidate - value;
  const better = gain > input.minimumImprovement;
  const how = gain === 0 ? 'equal' : `${gain > 0 ? 'better' : 'worse'} by ${Math.abs(gain).toFixed(4)}`;
  return {
    better,
    reason: `${named} ${candidate.toFixed(4)} against ${value.toFixed(4)} of version ${holder.version} on the same ${rows.labels.length} rows: ${how}${better || gain <= 0 ? '' : `, but ${input.minimumImprovement} is asked for`}`,
    candidate,
    champion: { version: holder.version, value },
    expected: holder.version,
  };
});
