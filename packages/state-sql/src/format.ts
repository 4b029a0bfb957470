/** The format of records that this code writes and understands. */
export const FORMAT = 1;
