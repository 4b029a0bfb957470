import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { CutKind, Direction, Fault, Traffic } from './fault.js';

/** Parts of a second that a throttled connection lets data pass in. */
const SLICES = 20;

/** Two sockets, and what goes from one to the other. */
export class ProxiedConnection {
  readonly #sockets: { readonly client: Socket; readonly server: Socket };
  readonly #fault: Fault;
  readonly #passed = { to_server: 0, to_client: 0 };
  readonly #end = new AbortController();
  #isCut = false;

  constructor(client: Socket, server: Socket, fault: Fault) {
    this.#sockets = { client, server };
    this.#fault = fault;
  }

  /** Bytes that have passed until now. */
  get traffic(): Traffic {
    return { ...this.#passed };
  }

  /** Whether its fault has cut it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Lets data pass, until both ends have ended, or the connection is cut. */
  async run(): Promise<void> {
    const { client, server } = this.#sockets;
    try {
      await Promise.all([this.#pump('to_server', client, server), this.#pump('to_client', server, client)]);
    } catch {
      // One end has gone; so does the other, in the same way.
      if (!this.#isCut) this.#cut('reset');
    }
  }

  /** Ends it, whatever passes just now. */
  destroy(): void {
    this.#end.abort();
    this.#sockets.client.destroy();
    this.#sockets.server.destroy();
  }

  async #pump(direction: Direction, from: Socket, to: Socket): Promise<void> {
    const { cut } = this.#fault;
    const limit = cut?.direction === direction ? cut.afterBytes : Number.POSITIVE_INFINITY;
    if (cut !== undefined && limit === 0) return this.#cut(cut.kind);
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (const piece of this.#pieces(chunk)) {
        if (this.#isCut) return;
        const left = limit - this.#passed[direction];
        await this.#pass(direction, piece.subarray(0, left), to);
        if (cut !== undefined && piece.length >= left) return this.#cut(cut.kind);
      }
    }
    to.end();
  }

  *#pieces(chunk: Buffer): Generator<Buffer> {
    const { bytesPerSecond } = this.#fault;
    const size =
      bytesPerSecond === undefined ? chunk.length : Math.max(1, Math.ceil(bytesPerSecond / SLICES));
    for (let at = 0; at < chunk.length; at += size) yield chunk.subarray(at, at + size);
  }

  async #pass(direction: Direction, piece: Buffer, to: Socket): Promise<void> {
    const { delayMs = 0, bytesPerSecond } = this.#fault;
    const waitMs = delayMs + (bytesPerSecond === undefined ? 0 : (piece.length / bytesPerSecond) * 1_000);
    if (waitMs > 0) await delay(waitMs, undefined, { signal: this.#end.signal });
    if (this.#isCut) return;
    this.#passed[direction] += piece.length;
    if (!to.write(piece)) await once(to, 'drain', { signal: this.#end.signal });
  }

  #cut(kind: CutKind): void {
    this.#isCut = true;
    const { client, server } = this.#sockets;
    for (const socket of [client, server]) {
      if (kind === 'half_open') socket.pause();
      else if (kind === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
    this.#end.abort();
  }
}
