/** Where a result goes: to the results folder, and to stdout or a file. */
import { writeWhole } from '../cli/output.js';
import { compareVariants } from '../compare/variants.js';
import { formatProblems } from '../report/problems.js';
import { decideStyle, plainStyle, type Style } from '../report/terminal.js';
import { warningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { saveResult } from '../results/files.js';
import { serialiseResult, withBins } from '../results/fio-json.js';
import { UserError } from '../support/errors.js';
import type { Destinations } from './destinations.js';
import { formatRun } from './text.js';

/**
 * Saves and prints. What fails does not keep the rest from being tried: a measured result is not lost over a full disk.
 * Returns false when something failed; it has been said on stderr then.
 * @param asText the report for people, where it is not that of a run
 */
export async function deliver(
  document: IotestDocument,
  destinations: Destinations,
  asText: (style: Style) => string = (style) => runText(document, style),
): Promise<boolean> {
  const render = (style: Style): string => {
    if (destinations.format === 'json') return serialiseResult(document);
    if (destinations.format === 'json+') return serialiseResult(withBins(document));
    return asText(style);
  };
  const { output, results, quiet } = destinations;
  const style = styleOf(process.stderr, destinations);
  const notes: string[] = [];
  const attempts = [
    async () => {
      if (!destinations['no-save']) notes.push(`saved as ${await saveResult(document, results)}`);
    },
    async () => {
      if (output === undefined) return;
      await writeWhole(output, render(plainStyle(destinations.ascii !== true, destinations.charts)));
      notes.push(`result written to ${output}`);
    },
    // What becomes of it there is told later, as an event of the stream: see main.ts.
    async () => {
      if (output === undefined) {
        process.stdout.write(render(styleOf(process.stdout, destinations)));
      }
    },
  ];
  let isComplete = true;
  for (const attempt of attempts) {
    try {
      await attempt();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      isComplete = false;
      process.stderr.write(formatProblems(error.problems, style));
    }
  }
  if (!quiet) {
    // The text report has them itself.
    const warnings =
      destinations.format === 'text' && output === undefined ? [] : warningLines(document.iotest.warnings, style);
    process.stderr.write([...warnings, ...notes].map((line) => `${line}\n`).join(''));
  }
  return isComplete;
}

function styleOf(stream: NodeJS.WriteStream, destinations: Destinations): Style {
  return decideStyle({
    environment: process.env,
    isTerminal: stream.isTTY === true,
    columns: stream.columns,
    noColor: destinations['no-color'],
    ascii: destinations.ascii,
    charts: destinations.charts,
  });
}

function runText(document: IotestDocument, style: Style): string {
  const differences = document.iotest.repetitions.length > 1 ? compareVariants(document) : [];
  return formatRun(document, document.iotest.warnings, style, differences);
}
