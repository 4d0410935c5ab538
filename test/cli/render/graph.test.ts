import { renderMermaid } from '../../../lib/cli/render/graph-mermaid';
import { renderSvg } from '../../../lib/cli/render/graph-svg';
import { renderText } from '../../../lib/cli/render/graph-text';
import type { TaskGraph } from '../../../lib/cli/render/task-graph';

const graph: TaskGraph = {
  title: 'p: <a & b>',
  tasks: [
    { id: 'ingest', label: 'ingest', kind: 'task' },
    { id: 'train/forest', label: 'forest', kind: 'task', group: 'train' },
    { id: 'train/logistic', label: 'logistic', kind: 'task', group: 'train' },
    { id: 'good-enough', label: 'good-enough', kind: 'branch' },
    { id: 'alert', label: 'alert', kind: 'task' },
  ],
  edges: [
    { from: 'ingest', to: 'train/forest' },
    { from: 'ingest', to: 'train/logistic' },
    { from: 'train/forest', to: 'good-enough' },
    { from: 'train/logistic', to: 'good-enough' },
    { from: 'good-enough', to: 'alert', label: 'no' },
  ],
  groups: ['train'],
};

describe('graphs', () => {
  it('as text: layers, and what each task waits for', () => {
    expect(renderText(graph)).toBe(`p: <a & b>

  1  ingest
  2  train/forest    <- ingest
  2  train/logistic  <- ingest
  3  good-enough     <- train/forest, train/logistic
  4  alert           <- good-enough [no]
`);
  });

  it('as Mermaid: groups are subgraphs, branches are rhombs, choices label their edges', () => {
    const text = renderMermaid(graph);
    expect(text).toContain('subgraph train["train"]\n    train_forest["forest"]');
    expect(text).toContain('good_enough{"good-enough"}');
    expect(text).toContain('good_enough -->|no| alert');
  });

  it('as SVG: one box per task, one path per edge, text escaped, everything inside the view box', () => {
    const svg = renderSvg(graph);
    expect(svg.match(/<g class="task/g)).toHaveLength(5);
    expect(svg.match(/class="edge"/g)).toHaveLength(5);
    expect(svg).toContain('p: &lt;a &amp; b&gt;');
    const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
    for (const [, x, w] of svg.matchAll(/<rect[^>]* x="([\d.-]+)"[^>]* width="([\d.]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(width);
    }
  });
});
