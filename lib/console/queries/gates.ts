/** Whether a version would pass the gates of its model, with what was found and what is asked for. */
import { gatesBefore, tryGates } from '../../tracking/gates';
import { versionOf } from '../../tracking/model-versions';
import { getModel, type Stage } from '../../tracking/registered-models';
import { ConsoleError } from '../console-error';
import type { GatesView } from '../views/gates';

interface Asked {
  readonly version: string;
  /** @default all that gates stand before */
  readonly alias?: string | undefined;
  readonly stage?: string | undefined;
  /** Who would promote. */
  readonly by: string;
}

const STAGES: readonly Stage[] = ['None', 'Staging', 'Production', 'Archived'];

/** @throws TrackingRefused, ConsoleError */
export async function readGates(name: string, asked: Asked): Promise<GatesView> {
  const model = await getModel(name);
  const version = await versionOf(model, asked.version);
  const { gates } = model;
  const any = asked.alias === undefined && asked.stage === undefined;
  const alias = any ? gates?.aliases.find((one) => model.aliases[one] !== version.version) : asked.alias;
  const stage = any ? gates?.stages.find((one) => one !== version.stage) : stageOf(asked.stage);
  const target = { alias, stage, by: asked.by };
  return {
    declared: gates ?? null,
    alias: alias ?? null,
    stage: stage ?? null,
    // What the version has already, and what no gate stands before, is free.
    gated: gatesBefore(model, version, target).length > 0,
    results: await tryGates(model, version, target),
    alarms: Object.values(model.driftAlarms ?? {}),
  };
}

function stageOf(text: string | undefined): Stage | undefined {
  if (text === undefined) return undefined;
  const found = STAGES.find((stage) => stage === text);
  if (found !== undefined) return found;
  throw new ConsoleError(400, `There is no stage '${text}'.`, `Take one of ${STAGES.join(', ')}.`);
}
