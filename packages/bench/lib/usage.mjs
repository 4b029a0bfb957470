// Imported before a measured program: writes what the process used, when it exits.
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.BENCH_USAGE;
if (file && isMainThread) {
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const usage = {
      peakBytes: peakOfThisImage() ?? maxRSS * 1024,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    };
    writeFileSync(file, JSON.stringify(usage));
  });
}

// On Linux `maxRSS` is at least what the starting process had when it forked: getrusage(2) keeps it across exec.
function peakOfThisImage() {
  if (process.platform !== 'linux') return undefined;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kilobytes && Number(kilobytes) * 1024;
}
