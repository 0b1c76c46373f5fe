/** Where a result goes: to the results folder, and to stdout or a file. */
import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { writeWhole } from '../cli/output.js';
import { resultsArgument } from '../cli/results-flags.js';
import { compareVariants } from '../compare/within-run.js';
import { formatProblems } from '../report/problems.js';
import { decideStyle, plainStyle, type Style } from '../report/terminal.js';
import { warningLines } from '../report/warning-lines.js';
import type { IotestDocument } from '../results/document.js';
import { saveResult } from '../results/files.js';
import { serialiseResult, withBins } from '../results/fio-json.js';
import { UserError } from '../support/errors.js';
import { printable } from '../support/printable.js';
import { formatBytesIec } from '../support/units.js';
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
  asText: (style: Style) => string = (style) => runText(document, style, destinations.verbose === true),
): Promise<boolean> {
  const render = (style: Style): string => {
    if (destinations.format === 'json') return serialiseResult(document);
    if (destinations.format === 'json+') return serialiseResult(withBins(document));
    return asText(style);
  };
  const { output, results, quiet } = destinations;
  const style = styleOf(process.stderr, destinations);
  const isBrief = destinations.format === 'text' && destinations.verbose === false && document.jobs.length > 1;
  const notes: string[] = [];
  const attempts = [
    async () => {
      if (destinations['no-save']) return;
      const path = await saveResult(document, results);
      notes.push(`saved as ${path}`);
      if (isBrief) notes.push(`in full: iotest results show ${wordFor(path, results)}`);
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
  notes.push(...leftNotes(document));
  if (!quiet) {
    // The text report has them itself.
    const warnings =
      destinations.format === 'text' && output === undefined ? [] : warningLines(document.iotest.warnings, style);
    process.stderr.write([...warnings, ...notes].map((line) => `${line}\n`).join(''));
  }
  return isComplete;
}

/** Smaller ones nobody misses the room of. */
const leftBytesMin = 2 ** 20;

/** Files that were not there before the run and are now: they take room until somebody removes them. */
function leftNotes({ iotest: { targets } }: IotestDocument): string[] {
  const left = targets
    .filter(({ kind }) => kind === 'missing')
    .flatMap(({ path }) => {
      const facts = lstatSync(path, { throwIfNoEntry: false });
      return facts?.isFile() === true && facts.size >= leftBytesMin ? [{ path, bytes: facts.size }] : [];
    });
  if (left.length === 0) return [];
  const bytes = left.reduce((sum, each) => sum + each.bytes, 0);
  const names = left.slice(0, 3).map(({ path }) => printable(path));
  const more = left.length > 3 ? ` and ${left.length - 3} more` : '';
  return [
    `left there for the next run: ${names.join(', ')}${more}, ${formatBytesIec(bytes)} (unlink=1 deletes at the end)`,
  ];
}

/** As `iotest results show` takes it. */
function wordFor(path: string, results: string): string {
  return resultsArgument(results) === '' ? basename(path, '.json') : path;
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

/** What one job did fits a screen; of several the details are there when asked for. */
function runText(document: IotestDocument, style: Style, isVerbose: boolean): string {
  const details = isVerbose || document.jobs.length === 1;
  const differences = details && document.iotest.repetitions.length > 1 ? compareVariants(document) : [];
  return formatRun(document, document.iotest.warnings, style, { differences, details });
}
