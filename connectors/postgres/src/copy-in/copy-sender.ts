import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { OutgoingSlab } from './outgoing-slab.js';

/** Slabs that may wait to be sent, beside the one that is being filled. */
const MOST_WAITING = 3;
/** CopyDone: byte 'c', int32 length. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = 0x66;

/** Sends CopyData over a connection's stream, and waits while too much is under way. */
export class CopySender {
  /** The one to write to. */
  slab = new OutgoingSlab();
  private readonly stream: Duplex;
  private readonly free: OutgoingSlab[] = [];
  private waiting = 0;
  private wake: () => void = () => {};
  private isStopped = false;

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  /** Sends what the slab holds. Resolves when there is another to write to, or when the sending was stopped. */
  async send(): Promise<void> {
    // What the server has said is heard only if the event loop gets its turn, and lost if a write fails before.
    await nextTurn();
    if (this.isStopped) return;
    const { slab, free } = this;
    this.waiting++;
    this.stream.write(slab.message(), () => {
      this.waiting--;
      slab.clear();
      free.push(slab);
      this.wake();
    });
    while (this.waiting > MOST_WAITING && !this.isStopped)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    this.slab = free.pop() ?? new OutgoingSlab();
  }

  done(): void {
    this.stream.write(COPY_DONE);
  }

  fail(reason: string): void {
    const text = Buffer.from(`${reason}\0`);
    const head = Buffer.from([COPY_FAIL, 0, 0, 0, 0]);
    head.writeInt32BE(text.length + 4, 1);
    this.stream.write(Buffer.concat([head, text]));
  }

  /** Nothing more is waited for. */
  stop(): void {
    this.isStopped = true;
    this.wake();
  }

  /** Ends the connection without more ado. */
  destroy(): void {
    this.stream.destroy();
  }
}
