import type { Partition } from '@datacook/core';
import { filesToJson, type PlannedFile } from './memory.js';

/** What opening a file costs, in bytes read. */
const OPENING = 64 * 1024;

/** Cuts the list into at most `count` runs of about as many bytes. A file is never divided. */
export function partitionFiles(files: readonly PlannedFile[], count: number): Partition[] {
  const groups: PlannedFile[][] = [];
  let left = files.reduce((sum, { size }) => sum + size + OPENING, 0);
  let next = 0;
  for (let groupsLeft = Math.min(count, files.length); groupsLeft > 0; groupsLeft--) {
    const group: PlannedFile[] = [];
    const share = left / groupsLeft;
    // Each later group needs a file of its own.
    const limit = files.length - (groupsLeft - 1);
    let bytes = 0;
    while (next < limit) {
      const cost = files[next]!.size + OPENING;
      if (group.length > 0 && groupsLeft > 1 && bytes + cost / 2 > share) break;
      group.push(files[next++]!);
      bytes += cost;
    }
    left -= bytes;
    groups.push(group);
  }
  return groups.map((group, index) => ({ id: String(index), spec: filesToJson(group) }));
}
