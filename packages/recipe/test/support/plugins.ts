import {
  type ConfigParser,
  DatacookError,
  type Declaration,
  type Json,
  type PluginInfo,
  type Plugins,
  type Role,
} from '@datacook/core';
import { z } from 'zod';

/** A plug-in as far as recipes are concerned. */
export interface Stub extends Declaration {
  readonly role: Role;
  readonly type: string;
  readonly config: z.ZodType;
  /** Hides the schema, as a manifest without one would. */
  readonly withoutSchema?: boolean;
}

/** What is installed, without a registry. */
export function stubPlugins(stubs: readonly Stub[]): Plugins {
  const infos = stubs.map(
    ({ role, type, config, modes, withoutSchema }): PluginInfo => ({
      role,
      type,
      ...(modes === undefined ? {} : { modes }),
      package: 'stubs',
      packageVersion: '1.0.0',
      contract: 1,
      needs: [],
      ...(withoutSchema === true
        ? {}
        : { configSchema: z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Json }),
    }),
  );
  const find = (role: Role, type: string): PluginInfo => {
    const info = infos.find((one) => one.role === role && one.type === type);
    if (info !== undefined) return info;
    throw new DatacookError('NOT_FOUND', `there is no ${role} ${type}`, {
      hint: `npm install @datacook/connector-${type}`,
    });
  };
  return {
    list: () => infos,
    find,
    config: async (role, type): Promise<ConfigParser> => {
      find(role, type);
      return (stubs.find((one) => one.role === role && one.type === type) as Stub).config;
    },
    load: async (role, type) => {
      throw new DatacookError('INTERNAL', `validation must not load ${role}:${type}`);
    },
  };
}

const exactly = { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' } as const;

/** Plug-ins whose configurations have the founding document's keys, and no others; `url` is what a connection brings. */
export const FOUNDING: readonly Stub[] = [
  {
    role: 'source',
    type: 'postgres',
    config: z.strictObject({
      conn_id: z.string(),
      url: z.string().optional(),
      table: z.string(),
      incremental: z.strictObject({ strategy: z.literal('cursor'), cursor_column: z.string() }).optional(),
    }),
  },
  {
    role: 'destination',
    type: 'redshift',
    config: z.strictObject({ conn_id: z.string(), url: z.string().optional() }),
    modes: exactly,
  },
  { role: 'transform', type: 'add_column', config: z.strictObject({ name: z.string(), value: z.string() }) },
  {
    role: 'transform',
    type: 'rename_columns',
    config: z.strictObject({ mapping: z.record(z.string(), z.string()) }),
  },
];

const incremental = z.discriminatedUnion('strategy', [
  z.strictObject({
    strategy: z.literal('cursor'),
    cursor_column: z.string(),
    on_null: z.enum(['error', 'skip']).optional(),
  }),
  z.strictObject({ strategy: z.literal('files') }),
]);

/** A richer set, with every mark that configurations may bear. */
export const RICH: readonly Stub[] = [
  {
    role: 'source',
    type: 'db',
    config: z.strictObject({
      conn_id: z.string().optional(),
      url: z.string().meta({ datacook: 'secret', address: true }).optional(),
      host: z.string().meta({ datacook: 'address' }).optional(),
      port: z.int().meta({ datacook: 'address' }).optional(),
      password: z.string().meta({ datacook: 'secret' }).optional(),
      table: z.string(),
      where: z.string().optional(),
      incremental: incremental.optional(),
    }),
  },
  {
    role: 'source',
    type: 'file',
    config: z.strictObject({
      path: z.union([z.string(), z.array(z.string())]).meta({ datacook: 'path', address: true }),
      format: z
        .union([z.string(), z.looseObject({ type: z.string() })])
        .meta({ datacook: 'format' })
        .optional(),
      column_types: z.record(z.string(), z.string()).optional(),
      incremental: incremental.optional(),
    }),
  },
  {
    role: 'destination',
    type: 'duck',
    config: z.strictObject({
      path: z.string().meta({ datacook: 'path', address: true }).optional(),
      conn_id: z.string().optional(),
      token: z.string().meta({ datacook: 'secret' }).optional(),
      threads: z.int().min(1).optional(),
    }),
    modes: { append: 'exactly_once', replace: 'exactly_once' },
  },
  { role: 'destination', type: 'null', config: z.strictObject({}) },
  {
    role: 'format',
    type: 'csv',
    config: z.strictObject({
      delimiter: z.string().optional(),
      header: z.boolean().optional(),
      key: z.string().meta({ datacook: 'secret' }).optional(),
    }),
  },
  {
    role: 'state',
    type: 'local',
    config: z.strictObject({ path: z.string().meta({ datacook: 'path' }) }),
  },
  {
    role: 'transform',
    type: 'add_column',
    config: z.strictObject({
      name: z.string(),
      value: z.union([z.string(), z.number(), z.boolean(), z.bigint(), z.null()]),
    }),
  },
  {
    role: 'transform',
    type: 'rename_columns',
    config: z.strictObject({ mapping: z.record(z.string(), z.string()) }),
  },
  {
    role: 'transform',
    type: 'lookup',
    config: z.strictObject({
      files: z.array(z.strictObject({ path: z.string().meta({ datacook: 'path' }) })),
    }),
  },
];
