/** A text as a field of CSV (RFC 4180): in quotes where it holds what separates fields. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The same of a name that somebody chose: what a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvName(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.]/.test(text);
  return csvField(isFormula ? `'${text}` : text);
}
