/** HTML and SVG as text: what is written is escaped, and numbers have few, always the same digits. */
import { escapeXml } from '../report/xml.js';

export type Content = string | Markup | readonly Content[] | null;

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Attributes = Readonly<Record<string, string | number | null>>;

/** Elements that have no content and no end. */
const voidElements = new Set(['meta', 'br', 'hr', 'img']);

/** An element; attributes that are null are left out, texts in it are escaped. */
export function element(name: string, attributes: Attributes, ...content: Content[]): Markup {
  const words = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? digits(value) : escaped(value as string)}"`);
  const head = `<${name}${words.join('')}>`;
  return new Markup(voidElements.has(name) ? head : `${head}${textOf(content)}</${name}>`);
}

export function textOf(content: Content): string {
  if (content === null) return '';
  if (typeof content === 'string') return escaped(content);
  return content instanceof Markup ? content.text : content.map(textOf).join('');
}

/** Harmless in element content and in attributes. */
function escaped(text: string): string {
  return escapeXml(text, '\ufffd');
}

/** At most two decimals: a hundredth of a unit of a drawing is not seen. */
export function digits(value: number): string {
  return String(Math.round(value * 100) / 100);
}
