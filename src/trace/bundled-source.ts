/** From a place in one of our bundles to the source file that it was made of: the bundler names each in a comment. */
import { readFileSync } from 'node:fs';

/** The folder of all bundles; this code is in one of them, one folder deep. */
const bundles = new URL('..', import.meta.url).href;
const comment = /^\/\/ (\S+\.[cm]?[jt]s)$/;

/** Of each bundle seen, by its address: for every line the file that it comes from; null = none that we know. */
const known = new Map<string, readonly (string | null)[]>();

/**
 * `src/worker/run-loop.ts`; null for what is not of ours.
 * @param address as V8 has it, `file:///…/dist/worker/thread.js`
 * @param line from 1
 */
export function bundledSource(address: string, line: number): string | null {
  if (!address.startsWith(bundles) || new URL(address).href !== address) return null;
  const files = known.get(address) ?? filesByLine(textOf(address));
  known.set(address, files);
  return files[line - 1] ?? null;
}

function textOf(address: string): string {
  try {
    return readFileSync(new URL(address), 'utf8');
  } catch {
    return '';
  }
}

export function filesByLine(bundle: string): (string | null)[] {
  let file: string | null = null;
  return bundle.split('\n').map((text) => {
    file = comment.exec(text)?.[1] ?? file;
    return file;
  });
}
