import type { PluginInfo } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { pluginTable } from '../../src/actions/list-connectors.js';

const file: PluginInfo = {
  role: 'source',
  type: 'file',
  package: '@datacook/connector-file',
  packageVersion: '1.2.3',
  path: '/p/node_modules/@datacook/connector-file',
  contract: 1,
  needs: ['format:csv'],
};

describe('pluginTable', () => {
  it('aligns what is installed, and says below what can not be used and why', () => {
    const text = pluginTable(
      [
        file,
        {
          ...file,
          role: 'destination',
          type: 'duckdb',
          package: 'd',
          needs: [],
          modes: { append: 'exactly_once', replace: 'exactly_once' },
          note: 'it stands before e',
        },
        {
          ...file,
          role: 'state',
          type: 'old',
          package: 'o',
          needs: [],
          contract: 0,
          problem: '/p/x speaks contract 0',
        },
      ],
      '/p',
      (head) => head,
    );
    expect(text).toBe(
      [
        'ROLE         TYPE    PACKAGE                   VERSION  CAPABILITIES',
        'source       file    @datacook/connector-file  1.2.3    needs format:csv',
        'destination  duckdb  d                         1.2.3    append exactly_once, replace exactly_once',
        "state        old     o                         1.2.3    can't be used",
        '',
        'destination duckdb of d: it stands before e',
        "state old of o can't be used: x speaks contract 0",
      ].join('\n'),
    );
  });
});
