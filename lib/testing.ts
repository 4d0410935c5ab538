/** `millrace/testing`: what tests of one's own pipelines and tasks import. */
export { VirtualClock } from './local/clock';
export {
  compiled,
  playPipeline,
  type PlayedPipeline,
  type PlayOptions,
  type Replacement,
} from './testing/play-pipeline';
export { startTestCloud, type Handler, type TestCloud } from './testing/test-cloud';
