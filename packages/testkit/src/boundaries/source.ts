import type { Source } from '@datacook/core';
import { between, type OnBoundary } from './boundary.js';
import { iterateBetween } from './iterate.js';

/** A source whose effects stand between boundaries. `finish` has none: it is pure. */
export function sourceWithBoundaries(source: Source, onBoundary: OnBoundary): Source {
  const effect = <T>(name: string, run: () => T): T => between(`source.${name}`, onBoundary, run);
  const { finish, acknowledge, digest, check } = source;
  return {
    streams: () => effect('streams', () => source.streams()),
    plan: (request) => effect('plan', () => source.plan(request)),
    read: (plan, partition, from) =>
      iterateBetween('source.read', onBoundary, source.read(plan, partition, from)),
    close: () => effect('close', () => source.close()),
    ...(finish && { finish: finish.bind(source) }),
    ...(acknowledge && {
      acknowledge: (stream, position) =>
        effect('acknowledge', () => acknowledge.call(source, stream, position)),
    }),
    ...(digest && { digest: digest.bind(source) }),
    ...(check && { check: () => effect('check', () => check.call(source)) }),
  };
}
