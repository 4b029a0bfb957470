import { CONTRACT, type ConfigParser, DatacookError, type Definition, type PluginInfo } from '@datacook/core';
import { type PluginKey, parsePluginKey } from './roles.js';

/** Why a plug-in can't be used, and what to do. */
export interface Problem {
  readonly message: string;
  readonly hint: string;
}

/** A plug-in as the registry keeps it. */
export interface Entry {
  /** Without `problem`, which `problem` tells. */
  readonly info: Omit<PluginInfo, 'problem'>;
  readonly problem?: Problem;
  /** It is declared, and not installed: any that is installed stands before it. */
  readonly isMissing?: true;
  /** Loads what parses its configuration. */
  config(): Promise<ConfigParser>;
  /** Loads it. */
  load(): Promise<Definition>;
}

/** The entry with another problem. */
export function withProblem(entry: Entry, problem: Problem): Entry {
  return { ...entry, problem };
}

/** The entry with something worth knowing. */
export function withNote(entry: Entry, note: string): Entry {
  return { ...entry, info: { ...entry.info, note } };
}

/** What stands for a plug-in that can't be used. */
export function unusableEntry(
  key: PluginKey,
  facts: Pick<PluginInfo, 'package'> & Partial<PluginInfo>,
  problem: Problem,
): Entry {
  const { role, type } = parsePluginKey(key)!;
  const refuse = () =>
    Promise.reject(
      new DatacookError('CONFIG', `${facts.package} can't be used: ${problem.message}`, problem),
    );
  return {
    info: { packageVersion: '', contract: CONTRACT, needs: [], ...facts, role, type },
    problem,
    config: refuse,
    load: refuse,
  };
}
