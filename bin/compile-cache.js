// What V8 has compiled is kept from start to start, where Node can do that (22.1 and later).
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Compiled code is run as it is: only a folder that nobody else can write to will do, each level of it. */
function isOurs(folder) {
  const { uid, mode } = lstatSync(folder);
  return (uid === process.geteuid() || uid === 0) && (mode & 0o022) === 0 && (mode & 0o170000) === 0o040000;
}

/** In the user's cache folder (XDG Base Directory Specification). Node's own variables go before; a failure costs time alone. */
export function enableCompileCache() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  try {
    const named = process.env.XDG_CACHE_HOME ?? '';
    const root = isAbsolute(named) ? named : join(homedir(), '.cache');
    const folder = join(root, 'iotest');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (isOurs(root) && isOurs(folder)) module.enableCompileCache?.(folder);
  } catch {
    // No home, a full or a read-only one.
  }
}
