import { printable } from './printable.js';

/** A text from outside in a message: short and printable. */
export function quote(text: string): string {
  return `"${printable(text.length > 60 ? `${text.slice(0, 60)}…` : text)}"`;
}
