import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import type { FindingDetails, Findings } from './finding.js';
import { MAX_FILE_BYTES } from './limits.js';
import { nearest, withArticle } from './suggest.js';

const MODULES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/**
 * Reads a recipe file. What is wrong with it becomes a finding at the place that names it, and undefined is returned.
 * `what` is the file's part in a sentence, as `recipe` or `overlay`.
 */
export function readSourceFile(
  file: string,
  what: string,
  findings: Findings,
  where: FindingDetails = {},
): string | undefined {
  if (MODULES.includes(extname(file).toLowerCase())) {
    findings.error(
      'UNSUPPORTED',
      `${file} is a module: recipes in TypeScript or JavaScript are not supported by this version`,
      {
        ...where,
        hint: 'write the recipe in YAML or JSON',
      },
    );
    return undefined;
  }
  try {
    const stats = statSync(file);
    if (!stats.isFile()) {
      findings.error(
        'NOT_FOUND',
        `${file} is ${stats.isDirectory() ? 'a folder' : 'no regular file'}, not ${withArticle(what)}`,
        where,
      );
      return undefined;
    }
    if (stats.size > MAX_FILE_BYTES) {
      findings.error(
        'INVALID',
        `${file} has ${stats.size} bytes: ${withArticle(what)} has at most ${MAX_FILE_BYTES}`,
        {
          hint: 'data belongs into files of its own',
          ...where,
        },
      );
      return undefined;
    }
    return decodeText(readFileSync(file), file, what, findings, where);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      findings.error('NOT_FOUND', `there is no ${what} ${file}`, { hint: nearFiles(file), ...where });
    } else {
      findings.error('NOT_FOUND', `the ${what} ${file} can't be read: ${(error as Error).message}`, where);
    }
    return undefined;
  }
}

function decodeText(
  bytes: Uint8Array,
  file: string,
  what: string,
  findings: Findings,
  where: FindingDetails,
): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    findings.error('INVALID', `the ${what} ${file} is not UTF-8 text`, {
      hint: 'save it as UTF-8',
      ...where,
    });
    return undefined;
  }
}

function nearFiles(file: string): string | undefined {
  try {
    const near = nearest(basename(file), readdirSync(dirname(file)));
    return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
  } catch {
    return `there is no folder ${dirname(file)}`;
  }
}
