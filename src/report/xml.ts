import { harmless } from '../support/printable.js';

/** For text, of several lines too, and for attributes of XML and HTML; `substitute` stands for what is not printable. */
export function escapeXml(text: string, substitute = '?'): string {
  return text
    .split('\n')
    .map((line) => harmless(line, substitute))
    .join('\n')
    .replace(/[\ufffe\uffff]/g, substitute)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
