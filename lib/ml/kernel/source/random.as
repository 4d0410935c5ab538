/** Seeded random numbers: the same as lib/ml/random.ts, sfc32 of PractRand (C. Doty-Humphrey), seeded by splitmix32. */

// Of this thread: each has an instance of its own.
let a: u32 = 0;
let b: u32 = 0;
let c: u32 = 0;
let counter: u32 = 0;
let state: u32 = 0;

export function seedRandom(seed: u32): void {
  state = seed;
  a = seeded();
  b = seeded();
  c = seeded();
  counter = 1;
  for (let i = 0; i < 12; i++) next();
}

function seeded(): u32 {
  state += 0x9e3779b9;
  let z = state ^ (state >> 16);
  z *= 0x21f0aaad;
  z ^= z >> 15;
  z *= 0x735a2d97;
  return z ^ (z >> 15);
}

function next(): u32 {
  const t = a + b + counter;
  counter++;
  a = b ^ (b >> 9);
  b = c + (c << 3);
  c = rotl<u32>(c, 21) + t;
  return t;
}

/** In [0, 1). */
export function uniform(): f64 {
  const high = <f64>(next() >> 5);
  return high * (1.0 / 134217728) + <f64>(next() >> 6) * (1.0 / 9007199254740992);
}

/** A whole number in [0, n). */
export function below(n: i32): i32 {
  return <i32>Math.floor(uniform() * <f64>n);
}
