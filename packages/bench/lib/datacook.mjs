import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { measure } from './measure.mjs';

/** The command line's program. */
export const DATACOOK = path.join(
  path.dirname(createRequire(import.meta.url).resolve('datacook/package.json')),
  'bin/datacook.js',
);

/** The connection that recipes know as `bench`. */
export const connection = (url) => ({ DATACOOK_CONN_BENCH: url });

/** Makes an empty project with one recipe. State and reports lie beside the project file, and go with the folder. */
export function writeProject(folder, name, recipe) {
  const project = freshPath(folder, name);
  mkdirSync(project);
  writeFileSync(path.join(project, 'datacook.yaml'), 'vars: {}\n');
  writeFileSync(path.join(project, 'load.yaml'), recipe);
  return project;
}

/** What a project's recipe is run with. */
export const runArguments = (project) => ['run', path.join(project, 'load.yaml'), '--progress', 'none'];

/** Runs a project's recipe, and measures the whole process. `folder` is for what is measured. */
export async function runProject(folder, project, env = {}) {
  return await measure(folder, DATACOOK, runArguments(project), env);
}

/** A path in the folder where nothing is. */
export function freshPath(folder, name) {
  const place = path.join(folder, name);
  rmSync(place, { recursive: true, force: true });
  return place;
}
