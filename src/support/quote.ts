/** A text from outside in a message: short, and without control characters. */
export function quote(text: string): string {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `"${shown.replaceAll(/\p{Cc}/gu, '?')}"`;
}
