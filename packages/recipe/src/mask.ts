import type { Json, PluginInfo, Plugins, Role } from '@datacook/core';
import { type Marked, markedNodes, scalarsIn, secretsByName } from './json-schema.js';
import {
  child,
  isTemplate,
  type ListNode,
  type MapNode,
  mapScalars,
  type Node,
  plainText,
  withKey,
  withoutKeys,
} from './node.js';

/** What is shown instead of a secret. */
const MASK = '***';

/** Changes each part of a recipe that a plug-in judges, given what is known of the plug-in. */
export function mapParts(
  tree: MapNode,
  plugins: Plugins | undefined,
  change: (part: MapNode, info: PluginInfo | undefined, role: Role) => MapNode,
): MapNode {
  let root = tree;
  for (const role of ['source', 'destination', 'state'] as const) {
    const part = child(root, role);
    if (part?.kind === 'map') root = withKey(root, role, change(part, infoOf(role, part, plugins), role));
  }
  const transform = child(root, 'transform');
  const steps = child(transform, 'steps');
  if (transform?.kind === 'map' && steps?.kind === 'list') {
    const items = steps.items.map((item) =>
      item.kind === 'map' ? change(item, infoOf('transform', item, plugins), 'transform') : item,
    );
    root = withKey(root, 'transform', withKey(transform, 'steps', { ...steps, items } satisfies ListNode));
  }
  return root;
}

function infoOf(role: Role, part: MapNode, plugins: Plugins | undefined): PluginInfo | undefined {
  const type = plainText(child(part, 'type')) ?? (role === 'state' ? 'local' : undefined);
  if (type === undefined) return undefined;
  try {
    return plugins?.find(role, type);
  } catch {
    return undefined;
  }
}

/**
 * Hides secrets: what a plug-in's schema marks as such, and passwords in URLs. A template is no secret: it only says
 * where one is. Of a part whose plug-in isn't known, whatever the environment has a part in is hidden.
 */
export function maskSecrets(tree: MapNode, plugins: Plugins | undefined): MapNode {
  const masked = mapParts(tree, plugins, (part, info, role) => {
    const schema: Json | undefined = info?.configSchema;
    const secrets = new Set([
      ...scalarsIn([...markedNodes(schema, part, 'secret'), ...secretsOfFormats(part, schema, plugins)]),
      ...secretsByName(part, schema),
    ]);
    return mapScalars(part, (node, path) => {
      if (typeof node.value === 'boolean' || node.value === null || isTemplate(node)) return node;
      const hidden =
        secrets.has(node) || (schema === undefined && node.guarded === true && path.at(-1) !== 'type');
      if (hidden) return { ...node, value: MASK };
      return role === 'transform' || typeof node.value !== 'string'
        ? node
        : { ...node, value: maskUrl(node.value) };
    }) as MapNode;
  });
  return maskOthers(masked);
}

/** Hides what a name says to be secret outside the parts that plug-ins judge, such as a key at the wrong place. */
function maskOthers(tree: MapNode): MapNode {
  const secrets = secretsByName(
    withoutKeys(tree, ['source', 'destination', 'state', 'transform']),
    undefined,
  );
  return mapScalars(tree, (node) =>
    !secrets.has(node) || typeof node.value === 'boolean' || node.value === null || isTemplate(node)
      ? node
      : { ...node, value: MASK },
  ) as MapNode;
}

function secretsOfFormats(part: MapNode, schema: Json | undefined, plugins: Plugins | undefined) {
  return markedNodes(schema, part, 'format').flatMap(({ node }: { readonly node: Node }) =>
    node.kind === 'map' ? secretsOfFormat(node, infoOf('format', node, plugins)?.configSchema) : [],
  );
}

function secretsOfFormat(node: MapNode, schema: Json | undefined): Marked[] {
  const named = [...secretsByName(node, schema)].map((secret) => ({ path: [], node: secret }));
  return [...markedNodes(schema, node, 'secret'), ...named];
}

/** Hides the password of a URL, and what its query says under a name that sounds like a secret. */
function maskUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text
    .replace(/^([^/]+:\/\/[^/?#:@]*:)[^/?#]*@/, `$1${MASK}@`)
    .replace(/([?&][^=&#]*(?:password|passwd|secret|token|key|signature)[^=&#]*=)[^&#]*/gi, `$1${MASK}`);
}
