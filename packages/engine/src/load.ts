import { randomUUID } from 'node:crypto';
import type { Json, Partition, ReadPlan, WriteMode } from '@datacook/core';
import { addCounts, NO_ROWS, type RowCounts } from './counts.js';
import type { LoadState, PartitionProgress } from './head-state.js';

/** One pass over a stream: what it reads was fixed at its start, how far it has come is what was committed. */
export class Load {
  readonly id: string;
  readonly mode: WriteMode;
  readonly startedAt: string;
  readonly plan: ReadPlan;
  /** Whether an earlier attempt, or run, has begun it. */
  readonly resumed: boolean;
  readonly #steps: string;
  #positions: { readonly [partition: string]: PartitionProgress };
  #rows: RowCounts;
  #commits: number;

  private constructor(state: Omit<LoadState, 'plan' | 'done'>, plan: ReadPlan, resumed: boolean) {
    this.id = state.id;
    this.mode = state.mode;
    this.startedAt = state.started_at;
    this.plan = plan;
    this.resumed = resumed;
    this.#steps = state.steps;
    this.#positions = state.positions;
    this.#rows = state.rows;
    this.#commits = state.commits;
  }

  static begin(plan: ReadPlan, mode: WriteMode, steps: string): Load {
    const state = {
      id: randomUUID(),
      mode,
      started_at: new Date().toISOString(),
      positions: {},
      steps,
      rows: NO_ROWS,
      commits: 0,
    };
    return new Load(state, plan, false);
  }

  static resume(state: LoadState, plan: ReadPlan): Load {
    return new Load(state, plan, true);
  }

  get rows(): RowCounts {
    return this.#rows;
  }

  /** The partitions that are not yet done, in plan order. */
  pending(): readonly Partition[] {
    return this.plan.partitions.filter((partition) => !this.#positions[partition.id]?.done);
  }

  /** Where reading of a partition goes on. */
  positionOf(partition: Partition): Json | undefined {
    return this.plan.restart === 'position' ? this.#positions[partition.id]?.at : undefined;
  }

  /** The state after a further epoch. When the load is done, plan and positions have served. */
  after(progress: ReadonlyMap<string, PartitionProgress>, rows: RowCounts, done: boolean): LoadState {
    return {
      id: this.id,
      mode: this.mode,
      started_at: this.startedAt,
      done,
      ...(done ? {} : { plan: this.plan }),
      steps: this.#steps,
      positions: done ? {} : { ...this.#positions, ...Object.fromEntries(progress) },
      rows: addCounts(this.#rows, rows),
      commits: this.#commits + 1,
    };
  }

  /** Each partition's last position, in plan order, if an epoch with this progress is added. */
  ends(progress: ReadonlyMap<string, PartitionProgress>): readonly (Json | undefined)[] {
    return this.plan.partitions.map(({ id }) => (progress.get(id) ?? this.#positions[id])?.at);
  }

  /** Takes over what was committed. */
  committed(state: LoadState): void {
    if (!state.done) this.#positions = state.positions;
    this.#rows = state.rows;
    this.#commits = state.commits;
  }
}
