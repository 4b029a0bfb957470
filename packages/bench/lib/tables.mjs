/** Prints results as tables: loads by their ratio, starts by their time over the limit. */
export function printResults(results) {
  printTable(
    ['workload', 'rows', 'limit, s', 'datacook, s', 'ratio', 'rows/s', 'MB/s', 'CPU s', 'peak MB'],
    results
      .filter(({ kind }) => kind === 'load')
      .map((result) => [
        result.workload,
        result.rows.toLocaleString('en-US'),
        result.limitSeconds.toFixed(1),
        result.seconds.toFixed(1),
        `${result.ratio.toFixed(2)} x`,
        Math.round(result.rowsPerSecond).toLocaleString('en-US'),
        result.megabytesPerSecond.toFixed(0),
        result.cpuSeconds.toFixed(1),
        result.peakMegabytes.toFixed(0),
      ]),
  );
  for (const result of results.filter(({ kind }) => kind === 'start')) {
    printTable(
      [result.workload, 'ms', `over ${result.limit}, ms`, 'CPU s', 'peak MB'],
      [
        [
          'the whole run',
          milliseconds(result.seconds),
          milliseconds(result.overSeconds),
          result.cpuSeconds.toFixed(2),
          result.peakMegabytes.toFixed(0),
        ],
        ...result.steps.map((step) => [
          step.step,
          milliseconds(step.seconds),
          milliseconds(step.overSeconds),
          '',
          '',
        ]),
      ],
    );
  }
}

const milliseconds = (seconds) => (seconds * 1000).toFixed(0);

function printTable(head, rows) {
  if (rows.length === 0) return;
  for (const cells of [head, head.map(() => '---'), ...rows]) console.log(`| ${cells.join(' | ')} |`);
  console.log();
}
