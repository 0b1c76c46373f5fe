/** What V8 has compiled is kept from start to start, where Node can do that (22.1 and later). */
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Compiled code is run as it is: only a folder that nobody else can write to will do, and none through a link. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && (stat.uid === process.geteuid?.() || stat.uid === 0) && (stat.mode & 0o022) === 0;
}

/**
 * In the user's cache folder (XDG Base Directory Specification), before anything large is loaded. Node's own variable
 * goes before; a failure costs time alone.
 */
export function enableCompileCache(): void {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  try {
    const named = process.env.XDG_CACHE_HOME ?? '';
    const root = isAbsolute(named) ? named : join(homedir(), '.cache');
    const folder = join(root, 'iotest');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const enable = (module as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache;
    if (isOurs(root) && isOurs(folder)) enable?.(folder);
  } catch {
    // No home, a full or a read-only one.
  }
}
