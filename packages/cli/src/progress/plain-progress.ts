import type { RunEvent } from '@datacook/engine';
import { bytes, count, duration, plural } from '../text/numbers.js';

/** Milliseconds between two lines that only say how far a run has come. */
const INTERVAL_MS = 1000;

/** Tells of a run in lines of text. Times are those of the events. */
export class PlainProgress {
  readonly #name: string;
  readonly #write: (line: string) => void;
  #loadStartedMs: number | undefined;
  #lastMs: number | undefined;

  constructor(name: string, write: (line: string) => void) {
    this.#name = name;
    this.#write = write;
  }

  onEvent(event: RunEvent): void {
    const text = this.#textOf(event);
    if (text !== undefined) this.#write(`${event.at.slice(11, 19)} ${this.#name}: ${text}`);
  }

  #textOf(event: RunEvent): string | undefined {
    switch (event.type) {
      case 'start':
        return `started, run ${event.runId}, stream ${event.stream}`;
      case 'locked': {
        const { run_id, host, pid, since } = event.lockedBy;
        const then = { fail: '', wait: ': waiting until it has ended', skip: ': this run is left out' };
        return `run ${run_id} (host ${host}, process ${pid}, since ${since}) works on it${then[event.ifLocked]}`;
      }
      case 'load':
        this.#loadStartedMs = this.#lastMs = Date.parse(event.at);
        return `${event.resumed ? 'goes on with' : 'begins'} load ${event.load}, ${plural(event.partitions, 'partition')}, ${event.guarantee}`;
      case 'progress':
        return this.#progress(Date.parse(event.at), event.rows, event.bytes);
      case 'commit':
        return `committed ${plural(event.rows.written, 'row')}${event.published ? ', published' : ''}`;
      case 'schema_change':
        return event.change;
      case 'retry':
        return `retry ${event.attempt} in ${duration(event.waitMs)}: ${event.message}`;
      case 'stopping':
        return `stopping: ${event.reason}`;
      case 'log':
        return event.level === 'info' ? event.text : undefined;
      case 'end':
        return undefined;
    }
  }

  #progress(nowMs: number, rows: number, size: number): string | undefined {
    if (this.#lastMs !== undefined && nowMs - this.#lastMs < INTERVAL_MS) return undefined;
    this.#lastMs = nowMs;
    const elapsed = (nowMs - (this.#loadStartedMs ?? nowMs)) / 1000;
    const speed = elapsed > 0 ? `, ${count(rows / elapsed)} rows/s` : '';
    return `${plural(rows, 'row')}, ${bytes(size)}${speed}`;
  }
}
