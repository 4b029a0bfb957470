import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { ReadingSocket } from '../connection/reading-socket.js';

/** What a `CopyQuery` tells whoever made it. */
export interface CopyQueryListener {
  /** Bytes from the server, as they come: good only until the call returns. */
  onData(chunk: Buffer): void;
  /** The server refuses, or `pg` can't send the statement. The socket is held on to where it was taken. */
  onError(error: Error): void;
  /** The tag of CommandComplete: `COPY 12`. */
  onComplete(tag: string): void;
  /** The socket is gone. */
  onClose(cause?: Error): void;
}

/**
 * The statement in `pg`'s queue. When its turn comes, it takes the socket's data; what isn't about rows it hands to
 * `pg`'s own parser, whole messages only, so that notices, parameters and errors go their usual way.
 */
export class CopyQuery implements Submittable {
  private readonly sql: string;
  private readonly listener: CopyQueryListener;
  private isWithdrawn = false;
  private stream: Duplex | undefined;
  private parsers: ((chunk: Buffer) => void)[] = [];
  private socketError: Error | undefined;

  constructor(sql: string, listener: CopyQueryListener) {
    this.sql = sql;
    this.listener = listener;
  }

  /** Whether the server has been asked, and the socket is ours. */
  get hasSocket(): boolean {
    return this.stream !== undefined;
  }

  pause(): void {
    this.stream?.pause();
  }

  resume(): void {
    this.stream?.resume();
  }

  /** Ends the connection without more ado. */
  destroy(): void {
    this.stream?.destroy();
  }

  /** If the statement still waits for its turn, it is not sent. */
  withdraw(): void {
    this.isWithdrawn = true;
  }

  /** A message for `pg`, whole. */
  pass(message: Buffer): void {
    for (const parser of this.parsers) parser(message);
  }

  /** Gives the socket back, and with it what came behind the COPY. */
  release(rest: Buffer): void {
    const { stream } = this;
    if (stream === undefined) return;
    this.letGo(stream);
    for (const parser of this.parsers) stream.on('data', parser);
    this.pass(rest);
    stream.resume();
  }

  /** Called by `pg`: an error that is returned is handed to `handleError`. */
  submit(connection: Connection): Error | undefined {
    if (this.isWithdrawn) return new Error('The statement was withdrawn');
    const { stream } = connection;
    this.stream = stream;
    this.parsers = stream.listeners('data') as ((chunk: Buffer) => void)[];
    for (const parser of this.parsers) stream.removeListener('data', parser);
    if (stream instanceof ReadingSocket) stream.lends = true;
    stream.on('data', this.onData);
    stream.on('error', this.onSocketError);
    stream.on('close', this.onSocketClose);
    connection.query(this.sql);
    return undefined;
  }

  /** Called by `pg`, with what the server says or with what befell the connection. */
  handleError(error: Error): void {
    this.listener.onError(error);
  }

  /** Called by `pg`. */
  handleCommandComplete(message: { readonly text: string }): void {
    this.listener.onComplete(message.text);
  }

  /** Called by `pg`; the message was passed to it by `release`, whose caller knows. */
  handleReadyForQuery(): void {}

  private readonly onData = (chunk: Buffer): void => this.listener.onData(chunk);

  private readonly onSocketError = (error: Error): void => {
    this.socketError = error;
  };

  private readonly onSocketClose = (): void => {
    if (this.stream !== undefined) this.letGo(this.stream);
    this.listener.onClose(this.socketError);
  };

  private letGo(stream: Duplex): void {
    if (stream instanceof ReadingSocket) stream.lends = false;
    stream.removeListener('data', this.onData);
    stream.removeListener('error', this.onSocketError);
    stream.removeListener('close', this.onSocketClose);
    this.stream = undefined;
  }
}
