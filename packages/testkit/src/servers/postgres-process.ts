import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Keeps a server and its folder for as long as the writer of its input lives: when that ends, for whatever reason, it
 * stops the server and removes the folder. Commands: `start PORT PROGRAMS`, `INT` (stop, sessions are ended), `QUIT`
 * (stop as in a crash). A server that has ended leaves its exit code in the file `exited`.
 * Parameters: the folder, then those of the server.
 */
const KEEPER = `
folder=$1
shift
cd "$folder" || exit 1
while read -r word port programs; do
  case $word in
    start)
      rm -f pid
      { "$programs/postgres" -D data -p "$port" "$@" >log 2>&1 &
        echo $! >pid.new; mv pid.new pid
        wait $!; echo $? >exited.new; mv exited.new exited; } &
      while [ ! -f pid ]; do sleep 0.01; done ;;
    *) kill -s "$word" "$(cat pid)" ;;
  esac
done
[ -f pid ] && [ ! -f exited ] && kill -s QUIT "$(cat pid)"
wait
cd /
# What still makes files there has lost its parent as well, and ends.
while ! rm -rf "$folder"; do sleep 1; done
`;

const POLL_MS = 10;
/** A server that takes longer than this to end has hung. */
const STOP_TIMEOUT_MS = 60_000;
/** Characters of the log that an error shows. */
const LOG_TAIL = 2_000;

/** Whom programs run as; empty: as this process. */
export interface Runner {
  readonly uid?: number;
  readonly gid?: number;
}

/** A server's process and its folder. They don't outlive this process, however it ends. */
export class PostgresProcess {
  readonly #folder: string;
  readonly #keeper: ChildProcess;

  /**
   * @param folder Is to hold the data in `data`; the runner's own. It is removed when this process has ended.
   * @param parameters The server's, as `-c fsync=off`.
   */
  constructor(folder: string, parameters: readonly string[], runner: Runner) {
    this.#folder = folder;
    // In a session of its own: a Ctrl-C in the terminal is for this process, whose end then is the keeper's.
    this.#keeper = spawn('sh', ['-c', KEEPER, 'keeper', folder, ...parameters], {
      ...runner,
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#keeper.unref();
    const input = this.#keeper.stdin as Socket;
    input.unref();
    // Told when it is written to.
    input.on('error', () => undefined);
  }

  /** Begins to start it. `programs` is the folder of `postgres`. */
  start(port: number, programs: string): void {
    rmSync(join(this.#folder, 'exited'), { force: true });
    this.#tell(`start ${port} ${programs}`);
  }

  /** Gives up a server that was never started, and the folder. */
  abandon(): void {
    this.#keeper.stdin?.end();
  }

  /** Stops it, and waits for its end. */
  async stop(signal: 'INT' | 'QUIT'): Promise<void> {
    this.#tell(signal);
    const end = Date.now() + STOP_TIMEOUT_MS;
    while (!this.hasExited()) {
      if (Date.now() > end) throw new Error(`Postgres does not stop: ${this.log()}`);
      await delay(POLL_MS);
    }
  }

  /** Whether it has ended since it was started last. */
  hasExited(): boolean {
    return existsSync(join(this.#folder, 'exited'));
  }

  /** The end of what it has logged. */
  log(): string {
    const path = join(this.#folder, 'log');
    return existsSync(path) ? readFileSync(path, 'utf8').slice(-LOG_TAIL).trim() : '(no log)';
  }

  #tell(command: string): void {
    if (this.#keeper.exitCode !== null || !this.#keeper.stdin?.writable) {
      throw new Error('the process that keeps Postgres has ended');
    }
    this.#keeper.stdin.write(`${command}\n`);
  }
}
