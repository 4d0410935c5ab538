/** The longest tests begin first, so that none of them is what everything waits for at the end. */
const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST = [
  'e2e/crash',
  'story/story',
  'console/pages',
  'e2e/alarms',
  'e2e/deployment',
  'e2e/start',
  'e2e/pipelines',
  'docs/ml-guides',
  'properties/scheduler',
];

class SlowestFirst extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => {
      const place = LONGEST.findIndex((name) => path.replaceAll('\\', '/').includes(`test/${name}.test`));
      return place < 0 ? LONGEST.length : place;
    };
    return [...(await super.sort(tests))].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = SlowestFirst;
