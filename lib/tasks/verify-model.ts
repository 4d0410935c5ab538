import { z } from 'zod';
import { contract } from './contract';
import { objectRef } from './dataset';
import { endpointName } from './deploy-model';
import { anyMetric } from './metric';

/** What a version must be before it may answer, as data. What is left out is not asked for. */
export const deploymentCriteria = z.object({
  /** Floors of metrics on the held-out rows; of losses, ceilings. */
  metrics: z.partialRecord(anyMetric, z.number()).default({ accuracy: 0.9 }),
  /** The same for every value of a column, or quarter of its numbers, that has enough rows. */
  slices: z
    .array(
      z.object({
        column: z.string().min(1),
        metric: anyMetric,
        limit: z.number(),
        minRows: z.int().positive().default(30),
      }),
    )
    .default([]),
  /**
   * Gain over the version that the endpoint serves, on the same rows: the lower end of its bootstrap interval must be
   * above `margin`. A negative margin lets through what is not clearly worse. Without such a version it holds.
   */
  improvement: z
    .object({
      metric: anyMetric.default('auc'),
      margin: z.number().default(0),
      confidence: z.number().gt(0).lt(1).default(0.95),
    })
    .optional(),
  /** Requests that fit the served version must fit this one. */
  sameSignature: z.boolean().default(true),
  /** The largest difference of a probability or number between a request in JSON and the scores on the stored rows. */
  parity: z.number().positive().default(1e-5),
  /** Of `model.onnx`. */
  maxBytes: z.int().positive().default(50_000_000),
  /** p99 of the time to check and score one record, in the function of this task. */
  maxP99Ms: z.number().positive().default(250),
  /** Missing, mistyped and non-finite input must be refused by its name. */
  refusesBadInput: z.boolean().default(true),
  /** The file must have the checksum that was registered, and run, code and data must be known. */
  lineage: z.boolean().default(true),
  /** It must not be in the stage Archived, in which no endpoint takes it. */
  notArchived: z.boolean().default(true),
});
export type DeploymentCriteria = z.output<typeof deploymentCriteria>;

export const criterionResult = z.object({
  criterion: z.string(),
  passed: z.boolean(),
  /** What was found, and what was asked for. */
  value: z.union([z.number(), z.string()]),
  limit: z.union([z.number(), z.string()]),
  detail: z.string(),
});
export type CriterionResult = z.output<typeof criterionResult>;

export const verifyModel = contract({
  name: 'verify-model',
  summary:
    'Holds a registered version against the criteria of a deployment: all are tried, a report lists them.',
  input: z.object({
    name: z.string().min(1),
    /** A version, or an alias with `@` before it. */
    version: z.string().min(1).default('@champion'),
    /** Compared with what it serves. @default nothing to compare with */
    endpoint: endpointName.optional(),
    criteria: deploymentCriteria.prefault({}),
  }),
  output: z.object({
    passed: z.boolean(),
    /** The version that the alias stood for. */
    version: z.string(),
    /** One sentence: how many passed, and which did not. */
    reason: z.string(),
    results: z.array(criterionResult),
    report: objectRef,
    json: objectRef,
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    // The data sets of the pipeline that trained it.
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'read' },
  ],
});
