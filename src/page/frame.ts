/** What every page has in common: one self-contained HTML file with its style, and sections with charts. */
import { type Chart, figureOf } from './chart.js';
import { type Content, element, type Markup, textOf } from './markup.js';
import { pageCss } from './style.js';

export function pageText(title: string, body: Markup): string {
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'generator', content: 'iotest' }),
    element('title', {}, title),
  );
  // Our own text, and a browser reads `&quot;` in a style sheet as it stands there.
  const styled = textOf(head).replace('</head>', `<style>${pageCss}</style></head>`);
  return `<!doctype html>\n<html lang="en">${styled}${textOf(element('body', {}, body))}</html>\n`;
}

export function section(title: string, ...content: Content[]): Markup {
  return element('section', {}, element('h2', {}, title), content);
}

export function charts(all: readonly Chart[]): Markup {
  return element('div', { class: 'charts' }, all.map(figureOf));
}
