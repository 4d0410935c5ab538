/**
 * Jobs of one kind, numbered from 0, which the caller and any number of serving threads take one by one. Which thread
 * takes a job changes nothing in what it writes, so the results are those of one thread.
 *
 * The ticket is one 64-bit word, [generation | how many jobs | next job], so that a thread which comes late can neither
 * take a job twice nor one of another round: a job that was taken holds the round open until it is done.
 */
import { runJob } from './kinds';

// Below the first address that is given out (`Kernel`): these words belong to this file.
const TICKET: usize = 64;
const GENERATION: usize = 72;
const DONE: usize = 76;
const KIND: usize = 80;
const STOP: usize = 84;

/** Looks before the caller goes to sleep: some 50 µs. */
const SPINS = 50_000;

/** Returns how many jobs are done; those that are missing others hold, who end them soon. */
export function dispatch(kind: i32, total: i32): i32 {
  store<i32>(KIND, kind);
  atomic.store<i32>(DONE, 0);
  const generation = atomic.load<i32>(GENERATION) + 1;
  atomic.store<i64>(TICKET, ((<i64>generation & 0xffffff) << 40) | (<i64>total << 20));
  atomic.store<i32>(GENERATION, generation);
  atomic.notify(GENERATION, -1);
  work(0);
  let done = atomic.load<i32>(DONE);
  for (let i = 0; done < total && i < SPINS; i++) done = atomic.load<i32>(DONE);
  return done;
}

/** What a serving thread does until `stop`. Threads are numbered from 1; the caller of `dispatch` is 0. */
export function serve(thread: i32): void {
  for (;;) {
    const seen = atomic.load<i32>(GENERATION);
    work(thread);
    if (atomic.load<i32>(STOP) !== 0) return;
    atomic.wait<i32>(GENERATION, seen, -1);
  }
}

export function stop(): void {
  atomic.store<i32>(STOP, 1);
  atomic.add<i32>(GENERATION, 1);
  atomic.notify(GENERATION, -1);
}

function work(thread: i32): void {
  for (;;) {
    const ticket = atomic.add<i64>(TICKET, 1);
    const job = <i32>(ticket & 0xfffff);
    if (job >= <i32>((ticket >> 20) & 0xfffff)) return;
    runJob(load<i32>(KIND), job, thread);
    atomic.add<i32>(DONE, 1);
  }
}
