// Defects, planted to see that the crash suite finds them. Nothing of this is in what is published.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SOURCE_FAULTS } from './source-faults.mjs';

const ADVANCES_HEAD = /^UPDATE .*_datacook_heads.* SET version = version \+ 1, state = /s;
const MAKES_STAGING = /^CREATE TABLE .*_datacook_staging_/s;

/** The head written in a transaction of its own, after the rows. */
async function headApart(sql, run) {
  if (!ADVANCES_HEAD.test(sql)) return;
  await run('COMMIT');
  await run('BEGIN TRANSACTION');
}

/** A replace that empties the table before it has the new rows. */
async function emptiesFirst(sql, run) {
  if (MAKES_STAGING.test(sql)) {
    await run('COMMIT');
    await run('DELETE FROM main.events');
    await run('BEGIN TRANSACTION');
  }
}

/** By name: what is done before a statement. */
export const STATEMENT_FAULTS = { 'head-apart': headApart, 'empties-first': emptiesFirst };

/** By name: whether positions are kept in a file of their own, written before or after the rows. */
const POSITION_FAULTS = { 'position-after': 'after', 'position-before': 'before' };

/** The plug-ins, with the fault of that name in the source, in the destination, or in the state. */
export function withPluginFault(plugins, fault) {
  if (fault === 'lease-not-renewed') return withOpened(plugins, 'state', withoutRenewalAfterClaim);
  const when = POSITION_FAULTS[fault];
  if (when !== undefined) return withOpened(plugins, 'destination', (opened) => positionsApart(opened, when));
  const spoil = SOURCE_FAULTS[fault];
  return spoil === undefined ? plugins : withOpened(plugins, 'source', spoil);
}

/** The plug-ins, with what one role's open instances are made into. */
function withOpened(plugins, wanted, change) {
  return {
    list: () => plugins.list(),
    find: (role, type) => plugins.find(role, type),
    config: (role, type) => plugins.config(role, type),
    load: async (role, type) => {
      const definition = await plugins.load(role, type);
      if (role !== wanted) return definition;
      return {
        ...definition,
        open: async (config, context) => change(await definition.open(config, context), config),
      };
    },
  };
}

/** The lease is taken, but its next renewal, the one after the claim, is left out. */
function withoutRenewalAfterClaim(state) {
  let taken;
  let isLeftOut = false;
  return {
    load: (key) => state.load(key),
    list: (prefix) => state.list(prefix),
    delete: (key, expected) => state.delete(key, expected),
    async save(key, value, expected) {
      if (!key.startsWith('leases/')) return state.save(key, value, expected);
      if (taken !== undefined && !isLeftOut) {
        isLeftOut = true;
        return taken;
      }
      taken = await state.save(key, value, expected);
      return taken;
    },
  };
}

// The destination's head is followed only as far as a file of its own.
function positionsApart(destination, when) {
  const path = 'positions.json';
  const commitApart = async (commit, run) => {
    if (when === 'before') writeFileSync(path, JSON.stringify(commit.state));
    const merged = await run();
    if (when === 'after') writeFileSync(path, JSON.stringify(commit.state));
    return merged;
  };
  return {
    ...destination,
    claim: async (place, owner) => {
      const head = await destination.claim(place, owner);
      return existsSync(path) ? { ...head, state: JSON.parse(readFileSync(path, 'utf8')) } : head;
    },
    openWriter: async (target, schema, expected) => {
      const writer = await destination.openWriter(target, schema, expected);
      return { ...writer, commit: (commit) => commitApart(commit, () => writer.commit(commit)) };
    },
    commit: (target, tickets, commit) =>
      commitApart(commit, () => destination.commit(target, tickets, commit)),
  };
}
