import ListConnectors from './commands/list-connectors.js';
import Plan from './commands/plan.js';
import Resolve from './commands/resolve.js';
import Run from './commands/run.js';
import ShowState from './commands/show-state.js';
import StateReset from './commands/state/reset.js';
import StateSet from './commands/state/set.js';
import StateUnlock from './commands/state/unlock.js';
import Validate from './commands/validate.js';
import Verify from './commands/verify.js';

/** Every command by its name. */
export const COMMANDS = {
  'list-connectors': ListConnectors,
  plan: Plan,
  resolve: Resolve,
  run: Run,
  'show-state': ShowState,
  'state:reset': StateReset,
  'state:set': StateSet,
  'state:unlock': StateUnlock,
  validate: Validate,
  verify: Verify,
};
