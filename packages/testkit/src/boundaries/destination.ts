import type { Destination, Writer } from '@datacook/core';
import { between, type OnBoundary } from './boundary.js';

/** A destination whose effects, and those of its writers, stand between boundaries. */
export function destinationWithBoundaries(destination: Destination, onBoundary: OnBoundary): Destination {
  const effect = <T>(name: string, run: () => T): T => between(`destination.${name}`, onBoundary, run);
  const { digest, check } = destination;
  return {
    peek: (place) => effect('peek', () => destination.peek(place)),
    claim: (place, owner) => effect('claim', () => destination.claim(place, owner)),
    prepare: (target, schema, expected) =>
      effect('prepare', () => destination.prepare(target, schema, expected)),
    openWriter: async (target, schema, expected) => {
      const writer = await effect('openWriter', () => destination.openWriter(target, schema, expected));
      return writerWithBoundaries(writer, onBoundary);
    },
    commit: (target, tickets, commit) => effect('commit', () => destination.commit(target, tickets, commit)),
    close: () => effect('close', () => destination.close()),
    ...(digest && { digest: digest.bind(destination) }),
    ...(check && { check: () => effect('check', () => check.call(destination)) }),
  };
}

function writerWithBoundaries(writer: Writer, onBoundary: OnBoundary): Writer {
  const effect = <T>(name: string, run: () => T): T => between(`writer.${name}`, onBoundary, run);
  const { stage } = writer;
  return {
    write: (batch) => effect('write', () => writer.write(batch)),
    commit: (commit) => effect('commit', () => writer.commit(commit)),
    close: () => effect('close', () => writer.close()),
    ...(stage && { stage: () => effect('stage', () => stage.call(writer)) }),
  };
}
