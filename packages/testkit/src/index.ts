export { between, type OnBoundary } from './boundaries/boundary.js';
export { patchBoundaries } from './boundaries/patch-boundaries.js';
export { withBoundaries } from './boundaries/with-boundaries.js';
export { childBoundaries } from './crash/child-boundaries.js';
export { type ContentDifference, compareContents } from './crash/compare-contents.js';
export { type CrashMatrixOptions, crashMatrix, type Trial } from './crash/crash-matrix.js';
export { type CrashReport, crashSummary, describeWrong, type Wrong } from './crash/crash-report.js';
export type { ChildProgram } from './crash/run-child.js';
export { type Sample, sample, seededRandom } from './crash/sample.js';
