import { layOut, type Box } from '../../lib/console/web/parts/layout';

/** Layers of tasks; each waits for two of the layer before. */
function layered(layers: number, width: number) {
  const id = (layer: number, at: number) => `task-${layer}-${at % width}`;
  const nodes = Array.from({ length: layers * width }, (_, i) => {
    const name = id(Math.floor(i / width), i);
    return { id: name, label: name, group: i < 2 * width ? 'first' : null };
  });
  const edges = Array.from({ length: (layers - 1) * width }, (_, i) => {
    const layer = Math.floor(i / width);
    return [i, i * 3 + 1].map((from) => ({ from: id(layer, from), to: id(layer + 1, i) }));
  }).flat();
  return { nodes, edges, groups: ['first'] };
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('the layout of a graph', () => {
  it.each([
    ['exactly', 3, 4, 'LR'],
    ['exactly, where it is narrow', 3, 4, 'TB'],
    ['quickly, of 200 tasks', 20, 10, 'LR'],
  ] as const)(
    '%s: boxes apart, lines forwards, groups around their tasks',
    (_how, layers, width, direction) => {
      const graph = layered(layers, width);
      const found = layOut({ ...graph, direction });
      const boxes = [...found.boxes.values()];
      expect(boxes).toHaveLength(layers * width);
      const crossing = boxes.flatMap((a, i) =>
        boxes.slice(i + 1).flatMap((b) => (overlap(a, b) ? [[a.id, b.id]] : [])),
      );
      expect(crossing).toEqual([]);
      for (const { x, y, width: w, height: h } of boxes) {
        expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
        expect(x + w).toBeLessThanOrEqual(found.width);
        expect(y + h).toBeLessThanOrEqual(found.height);
      }
      const at = (id: string) => found.boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
      const end = (id: string) => (direction === 'LR' ? at(id).x + at(id).width : at(id).y + at(id).height);
      const start = (id: string) => (direction === 'LR' ? at(id).x : at(id).y);
      expect(found.lines).toHaveLength(graph.edges.length);
      for (const { from, to, path } of found.lines) {
        expect(start(to)).toBeGreaterThan(end(from));
        expect(path).toMatch(/^M[\d.]+ [\d.]+[QL]/);
      }
      const [group] = found.groups;
      for (const { id } of graph.nodes.filter((node) => node.group === 'first')) {
        expect(at(id).x).toBeGreaterThanOrEqual(group?.x ?? Infinity);
        expect(at(id).y + at(id).height).toBeLessThanOrEqual((group?.y ?? 0) + (group?.height ?? 0));
      }
    },
  );
});
