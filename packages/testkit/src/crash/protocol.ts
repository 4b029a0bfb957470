/** Where the child writes the labels of its boundaries. Unset: nowhere. */
export const TRACE_VARIABLE = 'DATACOOK_TESTKIT_TRACE';

/** The number of the boundary, from 1, at which the child kills itself. Unset: at none. */
export const KILL_VARIABLE = 'DATACOOK_TESTKIT_KILL_AT';
