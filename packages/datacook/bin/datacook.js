#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: datacook needs Node 20.19 or newer, and this is ${process.versions.node}\n`);
  process.exit(2);
}

// Node 22 and newer keep what they have compiled: later commands start faster.
module.enableCompileCache?.();

const { main } = await import('@datacook/cli');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
process.exit(await main(process.argv.slice(2), { file: fileURLToPath(import.meta.url), version }));
