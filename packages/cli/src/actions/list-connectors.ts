import type { PluginInfo } from '@datacook/core';
import { ExitCode } from '../exit-codes.js';
import { describeError } from '../failure.js';
import type { Invocation } from '../invocation.js';
import { isAnswer, RecipeLoader } from '../recipe-loader.js';
import { shorten } from '../text/paths.js';
import { table } from '../text/table.js';

/** Lists what is installed, seen from the folder that the command was typed in. */
export async function listConnectors(json: boolean, { output, program }: Invocation): Promise<number> {
  const { cwd } = output.options;
  let plugins: readonly PluginInfo[];
  try {
    plugins = (await new RecipeLoader({ cwd, overlays: [], program }).plugins(cwd)).list();
  } catch (error) {
    if (!isAnswer(error)) throw error;
    output.error(describeError(error, output.options));
    return ExitCode.wrong;
  }
  if (json) output.json({ version: 1, plugins: plugins.map(pluginDocument) });
  else output.result(pluginTable(plugins, cwd, (text) => output.bold(text)));
  return ExitCode.done;
}

function pluginDocument(plugin: PluginInfo) {
  return {
    role: plugin.role,
    type: plugin.type,
    package: plugin.package,
    package_version: plugin.packageVersion,
    path: plugin.path ?? null,
    modes: plugin.modes ?? null,
    problem: plugin.problem ?? null,
    note: plugin.note ?? null,
  };
}

/** Plug-ins as an aligned table; what is wrong stands below the table. */
export function pluginTable(
  plugins: readonly PluginInfo[],
  cwd: string,
  bold: (text: string) => string,
): string {
  const rows = plugins.map((plugin) => [
    plugin.role,
    plugin.type,
    plugin.package,
    plugin.packageVersion,
    plugin.problem ? "can't be used" : capabilities(plugin),
  ]);
  const [head = '', ...lines] = table([
    ['ROLE', 'TYPE', 'PACKAGE', 'VERSION', 'CAPABILITIES'],
    ...rows,
  ]).split('\n');
  const remarks = plugins.flatMap(({ role, type, package: name, problem, note }) => [
    ...(problem ? [`${role} ${type} of ${name} can't be used: ${shorten(problem, cwd)}`] : []),
    ...(note ? [`${role} ${type} of ${name}: ${shorten(note, cwd)}`] : []),
  ]);
  return [bold(head), ...lines, ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n');
}

function capabilities({ modes, needs }: PluginInfo): string {
  const offered = Object.entries(modes ?? {}).map(([mode, delivery]) => `${mode} ${delivery}`);
  const wanted = needs.length > 0 ? [`needs ${needs.join(', ')}`] : [];
  return [...offered, ...wanted].join(', ') || '-';
}
