/** Text in which files below `cwd` are named relative to it. */
export function shorten(text: string, cwd: string): string {
  if (cwd === '/') return text;
  const folder = `${cwd}/`.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  // Not inside a longer path, such as /home/data/ for /data/.
  return text.replaceAll(new RegExp(`(?<![\\w./~-])${folder}`, 'g'), '');
}
