/** Debian's Chromium without a window: what a page draws, asks for and complains of. */
import { existsSync, readFileSync } from 'node:fs';
import { type Browser as Chromium, chromium } from 'playwright-core';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Runs in the page. */
const lookAtPage = readFileSync(new URL('look-at-page.js', import.meta.url), 'utf8');

/** Why there can be no browser; null when there can. */
export function browserMissing(): string | null {
  return executable === undefined ? 'there is no Chromium' : null;
}

export interface Found {
  readonly charts: readonly { readonly id: string; readonly marks: number; readonly label: string }[];
  /** Elements that reach beyond the right edge, texts that are cut by their drawing. */
  readonly wide: readonly string[];
  readonly cut: readonly string[];
  readonly page: number;
  readonly paper: string;
}

export interface View {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

export class Browser {
  readonly #chromium: Chromium;

  private constructor(browser: Chromium) {
    this.#chromium = browser;
  }

  static async open(): Promise<Browser> {
    return new Browser(
      await chromium.launch({
        executablePath: executable!,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
      }),
    );
  }

  async look(
    file: string,
    { width, colorScheme }: View,
  ): Promise<{ readonly found: Found; readonly complaints: readonly string[]; readonly requests: readonly string[] }> {
    const page = await this.#chromium.newPage({ viewport: { width, height: 900 }, colorScheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`file://${file}`);
    const found = (await page.evaluate(lookAtPage)) as Found;
    await page.close();
    return { found, complaints, requests };
  }

  /** Widths of a chart before and after its link `larger` is followed, and after `smaller`. */
  async resize(file: string, chart: string): Promise<number[]> {
    const page = await this.#chromium.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`file://${file}`);
    const figure = page.locator(`#${chart}`);
    const width = async () => Math.round((await figure.boundingBox())!.width);
    const widths = [await width()];
    for (const link of ['larger', 'smaller']) {
      await figure.locator(`a.${link}`).click();
      widths.push(await width());
    }
    await page.close();
    return widths;
  }

  async close(): Promise<void> {
    await this.#chromium.close();
  }
}
