import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';

/**
 * A COPY FROM STDIN in `pg`'s queue. What the server says goes its usual way; what is copied is written to the
 * connection's stream by whoever made this.
 */
export class CopyInQuery implements Submittable {
  /** Resolves when the server waits for rows. */
  readonly started: Promise<Duplex>;
  /** Resolves when the statement is over, with the tag of CommandComplete: `COPY 12`. */
  readonly finished: Promise<string>;
  /** What ended it before its time: the server's own error, or the loss of the connection. */
  failure: Error | undefined;
  private readonly sql: string;
  private readonly onFailure: () => void;
  private stream: Duplex | undefined;
  private tag = '';
  private start: (stream: Duplex) => void = () => {};
  private finish: (tag: string) => void = () => {};
  private fail: (error: Error) => void = () => {};

  constructor(sql: string, onFailure: () => void) {
    this.sql = sql;
    this.onFailure = onFailure;
    this.finished = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.started = new Promise((resolve, reject) => {
      this.start = resolve;
      this.finished.catch(reject);
    });
    // Whoever waits is told; nobody need.
    this.started.catch(() => {});
  }

  /** Called by `pg`. */
  submit(connection: Connection): void {
    this.stream = connection.stream;
    connection.query(this.sql);
  }

  /** Called by `pg`. */
  handleCopyInResponse(): void {
    this.start(this.stream!);
  }

  /** Called by `pg`, with what the server says or with what befell the connection. */
  handleError(error: Error): void {
    this.failure ??= error;
    this.fail(this.failure);
    this.onFailure();
  }

  /** Called by `pg`. */
  handleCommandComplete(message: { readonly text: string }): void {
    this.tag = message.text;
  }

  /** Called by `pg`. */
  handleReadyForQuery(): void {
    this.finish(this.tag);
  }
}
