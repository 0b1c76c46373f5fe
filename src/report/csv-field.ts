/** A text as a field of CSV (RFC 4180): in quotes where it holds what separates fields. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
