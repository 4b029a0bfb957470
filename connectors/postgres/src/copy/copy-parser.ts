import type { Batch } from '@datacook/core';
import type { BatchDecoder } from './batch-decoder.js';
import { ProtocolError } from './copy-errors.js';
import { RowStitcher } from './row-stitcher.js';
import { SlabBuffer } from './slab-buffer.js';

/** Message types (PostgreSQL, "Message Formats"). */
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const COPY_OUT = 0x48;
const READY = 0x5a;
/** CommandComplete, ErrorResponse, NoticeResponse, ParameterStatus, NotificationResponse. */
const FOR_PG: ReadonlySet<number> = new Set([0x43, 0x45, 0x4e, 0x53, 0x41]);

const HEADER = 5;
/** The server can't make a longer one: its buffers end at 1 GiB. */
const LONGEST = 1 << 30;
/** Offsets into a column's bytes are 32 bits wide, and a numeric takes twice as many bytes as text. */
const MOST_BATCH_BYTES = 1 << 28;
const MOST_ROWS_AT_ONCE = 1024;
const MOST_FIELDS_AT_ONCE = 65536;

/** Why a walk over rows ended. */
type Stop = 'more' | 'full' | 'irregular' | 'message';

export interface CopyParserOptions {
  readonly columns: number;
  readonly batchRows: number;
  readonly batchBytes: number;
  readonly decoder: BatchDecoder;
  onBatch(batch: Batch): void;
  /** A message that isn't about rows, whole. */
  onMessage(message: Buffer): void;
  /** ReadyForQuery: the statement is over. It and all that came after it. */
  onReady(rest: Buffer): void;
}

/**
 * Makes batches out of what the server sends in answer to a binary COPY, in pieces of any size. Rows are walked twice:
 * first it is noted where fields begin, then each column is decoded in one go.
 */
export class CopyParser {
  /** Rows that were decoded. */
  rows = 0;
  /** CopyDone was seen, after the end of the rows. */
  isDone = false;
  private readonly options: CopyParserOptions;
  private readonly slab = new SlabBuffer();
  private readonly stitcher: RowStitcher;
  private readonly stride: number;
  private readonly starts: Int32Array;
  private hasBegun = false;
  private isOver = false;
  private isDiscarding = false;
  private skip = 0;
  private walkedRows = 0;
  private batchBytesLeft: number;

  constructor(options: CopyParserOptions) {
    const { columns } = options;
    this.options = { ...options, batchBytes: Math.min(options.batchBytes, MOST_BATCH_BYTES) };
    this.stride = Math.max(
      1,
      Math.min(MOST_ROWS_AT_ONCE, Math.floor(MOST_FIELDS_AT_ONCE / Math.max(columns, 1))),
    );
    this.starts = new Int32Array(this.stride * columns);
    this.stitcher = new RowStitcher(columns);
    this.batchBytesLeft = this.options.batchBytes;
  }

  /**
   * Takes the next bytes. Throws DATA for a value, after which `discard` lets the stream be read to its end; or
   * ProtocolError, after which nothing more can be made of it.
   */
  push(chunk: Uint8Array): void {
    const skipped = Math.min(this.skip, chunk.length);
    this.skip -= skipped;
    this.slab.append(skipped > 0 ? chunk.subarray(skipped) : chunk);
    this.run();
  }

  /** From now on rows are thrown away, unread. */
  discard(): void {
    this.isDiscarding = true;
  }

  private run(): void {
    for (;;) {
      if (this.isOver || this.slab.length < HEADER) return;
      const stop = this.isDiscarding || this.stitcher.isBusy ? this.classify() : this.walk();
      if (this.walkedRows > 0) this.decodeWalked();
      if (stop === 'full') continue;
      if (this.slab.length < HEADER || !this.hasWhole()) return;
      if (stop === 'irregular') this.irregular();
      else this.message();
    }
  }

  /** What lies at the start of the slab, without a look at rows. */
  private classify(): Stop {
    const { slab } = this;
    if (slab.bytes[slab.start] !== COPY_DATA) return 'message';
    if (!this.isDiscarding) return 'irregular';
    const size = this.messageSize();
    this.skip = Math.max(0, size - slab.length);
    slab.start += Math.min(size, slab.length);
    return 'full';
  }

  /** Notes rows, as long as each is one message, whole. */
  private walk(): Stop {
    const { slab, starts, stride } = this;
    const { columns, batchRows, decoder } = this.options;
    const { bytes, view, end } = slab;
    const most = Math.min(stride, batchRows - decoder.rows);
    if (decoder.rows === 0) this.batchBytesLeft = this.options.batchBytes;
    const batchEnd = slab.start + this.batchBytesLeft;
    let stop: Stop = 'full';
    let at = slab.start;
    let row = 0;
    while (row < most && at < batchEnd) {
      if (end - at < HEADER) {
        stop = 'more';
        break;
      }
      if (bytes[at] !== COPY_DATA) {
        stop = 'message';
        break;
      }
      const next = at + 1 + view.getInt32(at + 1);
      if (next > end) {
        stop = 'more';
        break;
      }
      let field = at + HEADER;
      if (next - field < 2 || view.getInt16(field) !== columns) {
        stop = 'irregular';
        break;
      }
      field += 2;
      const last = next - 4;
      const noted = row + stride * columns;
      let to = row;
      while (to < noted && field <= last) {
        const size = view.getInt32(field);
        field += 4;
        starts[to] = field;
        to += stride;
        if (size > 0) field += size;
      }
      if (to !== noted || field !== next) {
        stop = 'irregular';
        break;
      }
      row++;
      at = next;
    }
    this.walkedRows = row;
    this.batchBytesLeft -= at - slab.start;
    slab.start = at;
    return stop;
  }

  private decodeWalked(): void {
    const { options, walkedRows } = this;
    this.walkedRows = 0;
    if (!this.hasBegun) throw new ProtocolError('rows came before CopyOutResponse');
    options.decoder.append(this.slab, this.starts, this.stride, walkedRows);
    this.rows += walkedRows;
    this.endBatchIfFull();
  }

  private endBatchIfFull(): void {
    const { decoder, batchRows } = this.options;
    if (decoder.rows >= batchRows || (this.batchBytesLeft <= 0 && decoder.rows > 0)) this.endBatch();
  }

  private endBatch(): void {
    this.batchBytesLeft = this.options.batchBytes;
    this.options.onBatch(this.options.decoder.take());
  }

  /** The bytes of the message at the start of the slab. Its header is there. */
  private messageSize(): number {
    const { view, start } = this.slab;
    const size = view.getInt32(start + 1);
    if (size < 4 || size > LONGEST) throw new ProtocolError(`a message says that it has ${size} bytes`);
    return size + 1;
  }

  /** Whether it is there in whole; if not, room is made for it. */
  private hasWhole(): boolean {
    const { slab } = this;
    const code = slab.bytes[slab.start]!;
    if (
      code !== COPY_DATA &&
      code !== COPY_DONE &&
      code !== COPY_OUT &&
      code !== READY &&
      !FOR_PG.has(code)
    ) {
      throw new ProtocolError(`a message of type 0x${code.toString(16).padStart(2, '0')} came`);
    }
    const size = this.messageSize();
    if (size <= slab.length) return true;
    slab.reserve(size - slab.length);
    return false;
  }

  /** A message of rows that isn't one row: they may be split in any way, the header comes with the first of them. */
  private irregular(): void {
    const { slab, stitcher, options } = this;
    const size = this.messageSize();
    if (!this.hasBegun) throw new ProtocolError('rows came before CopyOutResponse');
    stitcher.append(slab.bytes.subarray(slab.start + HEADER, slab.start + size));
    slab.start += size;
    this.batchBytesLeft -= size;
    while (stitcher.nextRow()) {
      options.decoder.append(stitcher.slab, stitcher.starts, 1, 1);
      this.rows++;
      this.endBatchIfFull();
    }
  }

  /** A message of another kind, which is there in whole. */
  private message(): void {
    const { slab, options } = this;
    const code = slab.bytes[slab.start]!;
    const size = this.messageSize();
    const message = Buffer.from(slab.bytes.subarray(slab.start, slab.start + size));
    if (code === READY) {
      const rest = Buffer.from(slab.bytes.subarray(slab.start, slab.end));
      this.isOver = true;
      options.onReady(rest);
      return;
    }
    slab.start += size;
    if (code === COPY_OUT) this.begin(message);
    else if (code === COPY_DONE) this.end();
    else options.onMessage(message);
  }

  /** CopyOutResponse: int8 format, int16 columns, for each an int16 format. */
  private begin(message: Buffer): void {
    const { columns } = this.options;
    if (message.length < HEADER + 3 || message[HEADER] !== 1)
      throw new ProtocolError('the COPY is not binary');
    const sent = message.readInt16BE(HEADER + 1);
    if (sent !== columns) throw new ProtocolError(`${sent} columns are sent where ${columns} were asked for`);
    this.hasBegun = true;
  }

  private end(): void {
    if (this.isDiscarding) return;
    if (!this.stitcher.isEnded) throw new ProtocolError('CopyDone came before the end of the rows');
    this.isDone = true;
    if (this.options.decoder.rows > 0) this.endBatch();
  }
}
