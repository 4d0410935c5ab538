import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'able bold brave bright calm capable clean clever crisp eager exact fair fast fine fond frank glad grand great honest keen kind lively loud lucky merry neat nimble patient plain polite proud quick quiet rare rich round sharp sleek smooth steady stoic strong subtle swift tidy upbeat vivid warm wise'.split(
    ' ',
  );
const NOUNS =
  'ant auk bat bear bee bird boar bug carp cat chimp cod colt crab crane crow deer dog dove duck eel elk finch fish fly fowl fox frog gnat goat grouse hare hawk hen hog jay kit koi lamb lark lynx mare mink mole moose moth mouse mule newt owl panda perch pug quail ram ray robin seal shad shrew skink slug snail sow squid stag stork swan toad trout vole wasp whale wolf wren yak'.split(
    ' ',
  );

/** A name for a run that nobody named: `<adjective>-<noun>-<0 to 999>`, as MLflow makes them. */
export function randomRunName(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}-${randomInt(1000)}`;
}
