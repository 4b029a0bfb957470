import { Socket } from 'node:net';

/** Bytes that one read takes at most. */
const BUFFER = 256 * 1024;

/**
 * A socket that is read into one buffer, over and over: a new one for every 64 KiB of a long COPY keeps the garbage
 * collector busy. Whoever listens to `data` is handed a copy, but while `lends` is set: then the bytes are good only until
 * the listener returns.
 */
export class ReadingSocket extends Socket {
  lends = false;

  constructor() {
    const buffer = Buffer.allocUnsafeSlow(BUFFER);
    super({
      onread: {
        buffer,
        callback: (count: number) => {
          const bytes = buffer.subarray(0, count);
          this.emit('data', this.lends ? bytes : Buffer.from(bytes));
          return true;
        },
      },
    } as ConstructorParameters<typeof Socket>[0]);
  }
}
