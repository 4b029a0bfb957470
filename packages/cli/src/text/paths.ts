/** Text in which files below `cwd` are named relative to it. */
export function shorten(text: string, cwd: string): string {
  return text.replaceAll(cwd.endsWith('/') ? cwd : `${cwd}/`, '');
}
