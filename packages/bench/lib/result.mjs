import { median } from './measure.mjs';

/** What `runs` of ours come to beside as many of the limit: medians, and the greatest peak. */
export function loadResult({ workload, limit, rows, megabytes, limits, ours }) {
  const seconds = median(ours.map((run) => run.seconds));
  return {
    kind: 'load',
    workload,
    rows,
    limit,
    limitSeconds: median(limits.map((run) => run.seconds)),
    seconds,
    ratio: median(ours.map((run, index) => run.seconds / limits[index].seconds)),
    rowsPerSecond: rows / seconds,
    megabytesPerSecond: megabytes / seconds,
    cpuSeconds: median(ours.map((run) => run.cpuSeconds)),
    limitCpuSeconds: median(limits.map((run) => run.cpuSeconds)),
    peakMegabytes: Math.max(...ours.map((run) => run.peakBytes)) / 1e6,
  };
}
