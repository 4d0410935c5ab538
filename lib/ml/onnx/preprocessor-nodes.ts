/** The part of an ONNX graph from the raw columns to `features`, float [rows, features]. */
import type { AnyPreprocessor } from '../any-preprocessor';
import type { FittedStep } from '../preprocessing/column-transformer';
import type { BinState } from '../preprocessing/bin-numbers';
import type { ColumnState, PreprocessorState } from '../preprocessor';
import { coreNode, float, floats, int, ints, mlNode, strings } from './attributes';
import { dateNodes } from './date-nodes';
import { hashingNodes } from './hashing-nodes';
import type { Node, ValueInfo } from './model';
import { imputerNode, polynomialNodes, scaledNodes } from './scaled-nodes';

export interface PreprocessorGraph {
  readonly inputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
}

const SHAPE = 'millrace__shape';
/** What a missing text is in a graph, which has no other word for it. */
const MISSING = '';
/** In `TensorProto.DataType`. */
const FLOAT = 1;

/** What an input is called once it is [rows, 1], as the operators of ai.onnx.ml take it. */
const columnOf = (name: string): string => `${name}__column`;

export function preprocessorGraph(state: AnyPreprocessor): PreprocessorGraph {
  const steps = 'steps' in state ? state.steps : undefined;
  const parts =
    steps === undefined
      ? plainParts(state as PreprocessorState)
      : steps.flatMap((step, s) => stepParts(step, `step${s}`));
  const integers = new Set('steps' in state ? [] : state.columns.flatMap(integerName));
  const inputs = new Map<string, ValueInfo>();
  for (const { inputs: own } of parts)
    for (const { name, kind } of own)
      inputs.set(name, {
        name,
        type: kind === 'text' ? 'string' : integers.has(name) ? 'int64' : 'float',
        width: null,
      });
  // MLflow hands the only input of a model over as a matrix, each of several as a vector.
  if (inputs.size === 1) for (const [name, input] of inputs) inputs.set(name, { ...input, width: 1 });
  return {
    inputs: [...inputs.values()],
    nodes: [
      coreNode('Constant', [], SHAPE, { value_ints: ints([-1, 1]) }),
      ...[...inputs.values()].flatMap(({ name, type }) =>
        type === 'int64'
          ? [
              coreNode('Cast', [name], `${name}__float`, { to: int(FLOAT) }),
              coreNode('Reshape', [`${name}__float`, SHAPE], columnOf(name)),
            ]
          : [coreNode('Reshape', [name, SHAPE], columnOf(name))],
      ),
      ...parts.flatMap((part) => part.nodes),
      coreNode(
        'Concat',
        parts.map((part) => part.output),
        'features',
        { axis: int(1) },
      ),
    ],
  };
}

/** Some features, and what they are made from. */
interface Part {
  readonly inputs: readonly { readonly name: string; readonly kind: 'number' | 'text' }[];
  readonly nodes: readonly Node[];
  readonly output: string;
}

const integerName = (column: ColumnState): string[] =>
  column.kind === 'number' && column.integer === true ? [column.name] : [];

function plainParts(state: PreprocessorState): Part[] {
  return state.columns.map((column) => {
    const output = `${column.name}__encoded`;
    return column.kind === 'text'
      ? oneHot(column.name, column.categories, output)
      : standardised(column.name, column.mean, column.scale, output);
  });
}

function stepParts(step: FittedStep, prefix: string): Part[] {
  switch (step.kind) {
    case 'numbers':
      return step.columns.flatMap(({ name, fill, scale, indicator }): Part[] => [
        {
          inputs: [{ name, kind: 'number' }],
          nodes: scaledNodes({ column: columnOf(name), fill, scale }, `${prefix}__${name}`),
          output: `${prefix}__${name}`,
        },
        ...(indicator ? [missingIndicator(name, `${prefix}__${name}__missing`)] : []),
      ]);
    case 'bins':
      return step.columns.map(({ name, fill, bins }) => binned(name, fill, bins, `${prefix}__${name}`));
    case 'polynomial': {
      const { nodes, outputs } = polynomialNodes(
        step.columns.map(({ name, fill, scale }) => ({ column: columnOf(name), fill, scale })),
        step.options,
        `${prefix}__product`,
      );
      const inputs = step.columns.map(({ name }) => ({ name, kind: 'number' as const }));
      return outputs.map((output, i) => ({ inputs, nodes: i === 0 ? nodes : [], output }));
    }
    case 'texts':
      return step.columns.map(({ name, fill, encode }) => {
        const output = `${prefix}__${name}`;
        if (encode.kind === 'hashing')
          return {
            inputs: [{ name, kind: 'text' }],
            nodes: hashingNodes(columnOf(name), { name, fill, nFeatures: encode.nFeatures }, output),
            output,
          };
        if (encode.kind === 'one-hot')
          return fill === null && !encode.other
            ? oneHot(name, encode.categories, output)
            : oneHotOfCodes(name, encode.categories, fill, encode.other, output);
        const entries = new Map(
          encode.kind === 'target'
            ? Object.entries(encode.encodings)
            : encode.categories.map((category, i) => [category, i]),
        );
        const other = encode.kind === 'target' ? encode.mean : Number.NaN;
        if (fill !== null) entries.set(MISSING, entries.get(fill) ?? other);
        // The operator takes no empty list: a column without a value has one entry all the same.
        if (entries.size === 0) entries.set(MISSING, other);
        return lookedUp(name, [...entries], other, output);
      });
    case 'dates':
      return step.columns.flatMap((name) => {
        const output = `${prefix}__${name}`;
        const nodes = dateNodes(columnOf(name), step.parts, output);
        return step.parts.map((part, i): Part => ({
          inputs: [{ name, kind: 'text' }],
          nodes: i === 0 ? nodes : [],
          output: `${output}_${part}`,
        }));
      });
  }
}

/** In float32, as the plain preprocessor computes. */
function standardised(name: string, mean: number, scale: number, output: string): Part {
  const filled = `${output}__filled`;
  return {
    inputs: [{ name, kind: 'number' }],
    output,
    nodes: [
      imputerNode(columnOf(name), mean, filled),
      mlNode('Scaler', [filled], [output], {
        offset: floats([Math.fround(mean)]),
        scale: floats([Math.fround(1 / scale)]),
      }),
    ],
  };
}

function missingIndicator(name: string, output: string): Part {
  return {
    inputs: [{ name, kind: 'number' }],
    output,
    nodes: [
      coreNode('IsNaN', [columnOf(name)], `${output}__is`),
      coreNode('Cast', [`${output}__is`], output, { to: int(1) }),
    ],
  };
}

/**
 * How many edges the value reaches: a binarizer for each, which tests "greater", so against the number below. A missing
 * value that is not imputed stays missing, or is 0 in the column of every bin.
 */
function binned(name: string, fill: number | null, { edges, oneHot }: BinState, output: string): Part {
  const filled = `${output}__filled`;
  const zero = `${output}__zero`;
  const reached = edges.map((_, i) => `${output}__edge${i}`);
  const number = oneHot ? `${output}__bin` : output;
  return {
    inputs: [{ name, kind: 'number' }],
    output,
    nodes: [
      // A binarizer refuses NaN.
      imputerNode(columnOf(name), fill ?? 0, filled),
      ...edges.map((edge, i) =>
        mlNode('Binarizer', [filled], [`${output}__edge${i}`], { threshold: float(below(edge)) }),
      ),
      // 0, and NaN of a missing value that is to stay one.
      coreNode('Sub', fill === null ? [columnOf(name), columnOf(name)] : [filled, filled], zero),
      coreNode('Sum', [zero, ...reached], number),
      ...(oneHot
        ? [
            mlNode('Imputer', [number], [`${output}__code`], {
              imputed_value_floats: floats([-1]),
              replaced_value_float: float(Number.NaN),
            }),
            ...flagged(`${output}__code`, edges.length + 1, output),
          ]
        : []),
    ],
  };
}

/** A column for each of the codes from 0; 0 in all of them for another code. */
function flagged(codes: string, count: number, output: string): Node[] {
  return [
    mlNode('OneHotEncoder', [codes], [`${output}__onehot`], {
      cats_int64s: ints(Array.from({ length: count }, (_, code) => code)),
      zeros: int(1),
    }),
    coreNode('Flatten', [`${output}__onehot`], output, { axis: int(1) }),
  ];
}

/** The greatest float32 below the number. */
function below(value: number): number {
  const rounded = Math.fround(value);
  if (rounded < value) return rounded;
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, rounded === 0 ? -0 : rounded);
  bytes.setInt32(0, bytes.getInt32(0) + (rounded > 0 ? -1 : 1));
  return bytes.getFloat32(0);
}

function oneHot(name: string, categories: readonly string[], output: string): Part {
  return {
    inputs: [{ name, kind: 'text' }],
    output,
    nodes: [
      mlNode('OneHotEncoder', [columnOf(name)], [`${output}__onehot`], {
        cats_strings: strings(categories),
        zeros: int(1),
      }),
      coreNode('Flatten', [`${output}__onehot`], output, { axis: int(1) }),
    ],
  };
}

/** With a category for missing texts, or one for all that are not known. */
function oneHotOfCodes(
  name: string,
  categories: readonly string[],
  fill: string | null,
  other: boolean,
  output: string,
): Part {
  const unknown = other ? categories.length : -1;
  const codes = new Map(categories.map((category, code) => [category, code]));
  codes.set(MISSING, fill === null ? -1 : (codes.get(fill) ?? unknown));
  return {
    inputs: [{ name, kind: 'text' }],
    output,
    nodes: [
      mlNode('LabelEncoder', [columnOf(name)], [`${output}__code`], {
        keys_strings: strings([...codes.keys()]),
        values_int64s: ints([...codes.values()]),
        default_int64: int(unknown),
      }),
      ...flagged(`${output}__code`, categories.length + Number(other), output),
    ],
  };
}

function lookedUp(
  name: string,
  entries: readonly (readonly [string, number])[],
  other: number,
  output: string,
): Part {
  return {
    inputs: [{ name, kind: 'text' }],
    output,
    nodes: [
      mlNode('LabelEncoder', [columnOf(name)], [output], {
        keys_strings: strings(entries.map(([text]) => text)),
        values_floats: floats(entries.map(([, value]) => Math.fround(value))),
        default_float: float(Math.fround(other)),
      }),
    ],
  };
}
