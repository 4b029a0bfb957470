// `npm run build`: builds all packages, each after those that it depends on.
import { runStage } from './lib/stage.mjs';
import { BUILD } from './lib/workspace.mjs';

process.exitCode = await runStage('build', BUILD);
