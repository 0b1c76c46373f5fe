/** Where the clone lies, found from the sources as well as from what is compiled into dist/. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function above(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('there is no package.json above this module');
  return above(dirname(folder));
}

export const cloneRoot = above(dirname(fileURLToPath(import.meta.url)));
