import { parseDurationMs } from '../units.js';
import type { Watermark } from './cursor-system.js';
import type { WindowRequest } from './plan-window.js';

/** The watermark, where the strategy has one, with what the report must say of it; else what the strategy rests on. */
export async function askWatermark(ask: WindowRequest): Promise<Watermark | undefined> {
  const { incremental, system, log, request } = ask;
  const { cursor_column: column } = incremental;
  if (incremental.strategy === 'cursor') {
    log(
      'info',
      `strategy cursor finds every row of ${request.stream} only if values of ${column} are committed in their order ` +
        '(one writer at a time); where they are times, strategy watermark finds those that are committed late too',
    );
    return undefined;
  }
  const watermark = await system.watermark(parseDurationMs(incremental.lag));
  const { high, heldBackBy, exact, reason } = watermark;
  if (heldBackBy !== undefined) {
    log('warn', `${request.stream} is read up to ${column} = ${high}: held back by ${heldBackBy}`);
  }
  if (!exact) {
    const because = reason === undefined ? '' : `: ${reason}`;
    log(
      'warn',
      `that no row of ${request.stream} is missed rests on incremental.lag (${incremental.lag}) alone${because}. ` +
        'It must be longer than any transaction that writes the table.',
    );
  }
  return watermark;
}
