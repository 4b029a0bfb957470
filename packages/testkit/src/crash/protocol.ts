/** Where the child writes the labels of its boundaries. Unset: nowhere. */
export const TRACE_VARIABLE = 'DATACOOK_TESTKIT_TRACE';

/** The number of the boundary, from 1, at which the child kills itself. Unset: at none. */
export const KILL_VARIABLE = 'DATACOOK_TESTKIT_KILL_AT';

/** The number of the boundary, from 1, at which the child stops itself, until it is told to go on. Unset: at none. */
export const STOP_VARIABLE = 'DATACOOK_TESTKIT_STOP_AT';

/** Set for the child that another one overtakes. */
export const OVERTAKEN_VARIABLE = 'DATACOOK_TESTKIT_OVERTAKEN';

/** The descriptor to which a child writes a byte right before it stops itself. */
export const STOP_DESCRIPTOR = 3;
