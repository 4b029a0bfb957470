import type { Socket } from 'node:net';
import type { Client } from 'pg';

/** What the driver has, and its types don't tell. */
export interface Internals {
  readonly connection: {
    readonly stream: Socket;
    on(
      event: 'authenticationSASL',
      listener: (message: { readonly mechanisms: readonly string[] }) => void,
    ): void;
  };
}

/** A client with what the driver doesn't tell of it. */
export function internals(client: Client): Internals {
  return client as unknown as Internals;
}
