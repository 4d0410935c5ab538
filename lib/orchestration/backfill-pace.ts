/** Dates of a backfill that one call queues at most, and that wait when enough do. */
export const MOST_WAITING = 200;
/** Dates after which its record says how far it has got. */
export const PIECE = 20;
