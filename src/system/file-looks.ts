/** Looks at files that may not be there, or not be ours to use. */
import fs from 'node:fs';

/** null when it cannot be looked at. */
export function statOrNull(filePath: string): fs.Stats | null {
  try {
    return fs.statSync(filePath);
  } catch {
    return null;
  }
}

/** @param mode as access(2) takes it: `fs.constants.W_OK` */
export function mayAccess(filePath: string, mode: number): boolean {
  try {
    fs.accessSync(filePath, mode);
    return true;
  } catch {
    return false;
  }
}
