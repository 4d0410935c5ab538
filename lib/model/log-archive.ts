/** Where the logs of runs that have ended lie in the data bucket. */
export const ARCHIVE_PREFIX = 'logs/';
