/** The kernel's files of a line or a page, below /proc and /sys. */
import fs from 'node:fs';

/** Without blanks around it; null when it cannot be read. */
export function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

/** null when it cannot be read, or is no number. */
export function readNumber(file: string): number | null {
  const text = readText(file);
  return text === null ? null : finiteOrNull(Number(text));
}

export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** `[none] mq-deadline` → `none`; a text without a choice as it is. */
export function chosen(text: string | null): string | null {
  return text === null ? null : (/\[([^\]]+)\]/.exec(text)?.[1] ?? text);
}
