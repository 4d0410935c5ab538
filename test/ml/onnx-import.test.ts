/** Models that other tools saved, beside what ONNX Runtime makes of the same rows (fixtures/make-onnx.py). */
import fc from 'fast-check';
import type { AttributeValue, Node } from '../../lib/ml/onnx/model';
import { writeOnnx } from '../../lib/ml/onnx/model';
import { onnxScorer, scoreOnnx } from '../../lib/ml/onnx/score';
import type { RawColumn } from '../../lib/ml/raw-column';
import fixture from './fixtures/onnx-models.json';

const bytesOf = (text: string) => Buffer.from(text, 'base64');
const columnsOf = (index: number) => fixture.cases[index]!.columns as unknown as RawColumn[];

describe('a model made elsewhere', () => {
  it.each(fixture.cases.map((one, i) => [one.name, one, i] as const))('%s', (_name, one, i) => {
    const got = scoreOnnx(bytesOf(one.model), columnsOf(i));
    expect(got).toHaveLength(one.expected.length);
    one.expected.forEach((column, c) =>
      column.forEach((value, row) =>
        expect(Math.abs(got[c]![row]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value))),
      ),
    );
  });

  it('gives the same row by row', () => {
    const one = fixture.cases.findIndex(({ name }) => name === 'numbers and texts');
    const score = onnxScorer(bytesOf(fixture.cases[one]!.model));
    const columns = columnsOf(one);
    const whole = score(columns);
    for (const row of [0, 3, 7]) {
      const single = score(
        columns.map((column) => ({ ...column, values: [column.values[row]!] }) as RawColumn),
      );
      expect(single.map(([value]) => value)).toEqual(whole.map((column) => column[row]));
    }
  });
});

it('gives the same for many rows, which are scored block by block', () => {
  const one = fixture.cases.findIndex(({ name }) => name === 'numbers and texts');
  const score = onnxScorer(bytesOf(fixture.cases[one]!.model));
  const columns = columnsOf(one);
  const few = score(columns);
  const rows = 9001;
  const many = columns.map(
    (column) =>
      ({ ...column, values: Array.from({ length: rows }, (_, row) => column.values[row % 8]!) }) as RawColumn,
  );
  score(many).forEach((column, c) => {
    expect(column).toHaveLength(rows);
    column.forEach((value, row) => {
      if (value !== few[c]![row % 8]) throw new Error(`Row ${row} of output ${c} is ${value}.`);
    });
  });
});

describe('a file that cannot be used', () => {
  const [first] = fixture.cases;
  const bytes = bytesOf(first!.model);
  const invalid = (message: string | RegExp) =>
    expect.objectContaining({
      name: 'Millrace.InvalidModel',
      message: expect.stringMatching(message) as string,
    });
  const failing = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('is refused by name when it is empty, no ONNX, or of a newer format', () => {
    expect(failing(() => onnxScorer(Buffer.alloc(0)))).toEqual(invalid('it has no graph'));
    expect(failing(() => onnxScorer(Buffer.from('{"model": 1}')))).toEqual(invalid('.'));
    const newer = Buffer.from(bytes);
    // The first field is the version of the format.
    expect(newer[0]).toBe(8);
    newer[1] = 99;
    expect(failing(() => onnxScorer(newer))).toEqual(invalid("ONNX's format 99"));
  });

  it('cut anywhere is refused by name, or still whole enough to run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), (length) => {
        const error = failing(() => scoreOnnx(bytes.subarray(0, length), columnsOf(0)));
        if (error !== undefined)
          expect(error).toMatchObject({ name: expect.stringMatching(/^Millrace\./) as string });
      }),
      { numRuns: 200 },
    );
  });

  const graph = (nodes: readonly Node[]) =>
    writeOnnx({
      name: 'test',
      nodes,
      inputs: [{ name: 'x', type: 'float', width: 2 }],
      outputs: [{ name: 'prediction', type: 'float', width: 1 }],
      metadata: {},
    });
  const node = (op: string, inputs: string[], attributes: Record<string, AttributeValue> = {}): Node => ({
    op,
    domain: op.startsWith('Tree') || op.startsWith('Linear') ? 'ai.onnx.ml' : '',
    inputs,
    outputs: ['prediction'],
    attributes,
  });
  const two: RawColumn[] = ['a', 'b'].map((name) => ({ name, kind: 'number', values: [1, 2] }));

  it('names the operator that is not known, and a value that nothing makes', () => {
    expect(failing(() => onnxScorer(graph([node('Conv', ['x'])])))).toEqual(invalid("operator 'Conv'"));
    expect(failing(() => onnxScorer(graph([node('Relu', ['y'])])))).toEqual(invalid("takes 'y'"));
    expect(
      failing(() =>
        scoreOnnx(
          graph([
            node('LinearRegressor', ['x'], {
              coefficients: { kind: 'floats', value: [1, 2, 3] },
              intercepts: { kind: 'floats', value: [0] },
            }),
          ]),
          two,
        ),
      ),
    ).toEqual(invalid('3 coefficients for 1 outputs of 2 features'));
    const ints = (value: number[]): AttributeValue => ({ kind: 'ints', value });
    const looped = node('TreeEnsembleRegressor', ['x'], {
      nodes_treeids: ints([0, 0]),
      nodes_nodeids: ints([0, 1]),
      nodes_featureids: ints([0, 0]),
      nodes_modes: { kind: 'strings', value: ['BRANCH_LEQ', 'LEAF'] },
      nodes_values: { kind: 'floats', value: [0, 0] },
      nodes_truenodeids: ints([0, 0]),
      nodes_falsenodeids: ints([1, 0]),
    });
    expect(failing(() => onnxScorer(graph([looped])))).toEqual(invalid('names 0 as a child in tree 0'));
  });

  it('a dataset that does not fit the inputs is named', () => {
    const run = (columns: RawColumn[]) => failing(() => scoreOnnx(bytes, columns));
    expect(run(two)).toMatchObject({
      name: 'Millrace.InvalidDataset',
      message: "The model takes 4 number columns as 'X'; the dataset has 2.",
    });
    const mixed: RawColumn[] = [...two, two[0]!, { name: 'town', kind: 'text', values: ['a', 'b'] }];
    expect(run(mixed)).toMatchObject({
      message: "The model takes 4 number columns as 'X'; the dataset has 4, of which 'town' is a text.",
    });
  });

  it('has trees of every mode', () => {
    const modes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'];
    const values = [0.5, 1, 1.5, -1, Number.NaN].map((value) => (Number.isNaN(value) ? null : value));
    const truth = (mode: string, value: number) =>
      ({ LEQ: value <= 1, LT: value < 1, GTE: value >= 1, GT: value > 1, EQ: value === 1, NEQ: value !== 1 })[
        mode.slice(7)
      ]!;
    for (const mode of modes)
      for (const tracks of [0, 1]) {
        const ints = (value: number[]): AttributeValue => ({ kind: 'ints', value });
        const floats = (value: number[]): AttributeValue => ({ kind: 'floats', value });
        const tree = node('TreeEnsembleRegressor', ['x'], {
          nodes_treeids: ints([7, 7, 7]),
          nodes_nodeids: ints([0, 5, 3]),
          nodes_featureids: ints([0, 0, 0]),
          nodes_modes: { kind: 'strings', value: [mode, 'LEAF', 'LEAF'] },
          nodes_values: floats([1, 0, 0]),
          nodes_truenodeids: ints([5, 0, 0]),
          nodes_falsenodeids: ints([3, 0, 0]),
          nodes_missing_value_tracks_true: ints([tracks, 0, 0]),
          target_treeids: ints([7, 7]),
          target_nodeids: ints([5, 3]),
          target_ids: ints([0, 0]),
          target_weights: floats([10, 20]),
        });
        const got = scoreOnnx(graph([tree]), [
          { name: 'a', kind: 'number', values },
          { name: 'b', kind: 'number', values },
        ])[0]!;
        const expected = values.map((value) =>
          (value === null ? tracks === 1 : truth(mode, value)) ? 10 : 20,
        );
        expect([mode, tracks, ...got]).toEqual([mode, tracks, ...expected]);
      }
  });
});
