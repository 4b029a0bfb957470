/** Which way bytes go through a proxy. */
export type Direction = 'to_server' | 'to_client';

/**
 * How a connection is cut: `reset` sends RST to both ends, `close` FIN; `half_open` lets nothing pass any more, in
 * either direction, and keeps both sockets open, as a network does that has forgotten the connection.
 */
export type CutKind = 'reset' | 'close' | 'half_open';

/** A cut: so many bytes in that direction still pass, and no more. */
export interface Cut {
  readonly direction: Direction;
  readonly afterBytes: number;
  readonly kind: CutKind;
}

/** What is wrong with a connection. Nothing: `{}`. */
export interface Fault {
  /** How long each piece of data is held back, in milliseconds, in both directions. */
  readonly delayMs?: number;
  /** How fast data pass, in bytes per second, in each direction. */
  readonly bytesPerSecond?: number;
  readonly cut?: Cut;
}

/** Bytes that have passed, by direction. */
export interface Traffic {
  readonly to_server: number;
  readonly to_client: number;
}
