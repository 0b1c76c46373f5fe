import { Flags } from '@oclif/core';
import { BaseCommand, pictureFlags } from '../../cli/base.js';
import { findResult } from '../../cli/result-words.js';
import { resultId, resultsFlags } from '../../cli/results-flags.js';
import { fingerprintLines } from '../../report/fingerprint-text.js';
import { formatFioResult } from '../../report/results-text.js';
import type { Style } from '../../report/terminal.js';
import type { IotestDocument, ResultDocument } from '../../results/document.js';
import { loadResult } from '../../results/files.js';
import { printable } from '../../support/printable.js';
import { formatSaved } from '../../sweep/text.js';

export default class ResultsShow extends BaseCommand {
  static override summary = 'Show the report of a saved result again.';
  static override examples = [
    '<%= config.bin %> results show latest',
    '<%= config.bin %> results show 20261122-1200 --fingerprint',
  ];
  static override args = { id: resultId };
  static override flags = {
    ...resultsFlags,
    ...pictureFlags,
    fingerprint: Flags.boolean({ description: "show the machine's fingerprint instead", default: false }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ResultsShow);
    const { path, id, label } = findResult(args.id, flags.results);
    const document = await loadResult(path);
    const style = this.styleOf(process.stdout, flags['no-color'], flags);
    const head = [printable(`result ${id}${label === null ? '' : `: ${label}`}`), ''];
    const body = flags.fingerprint ? fingerprintText(document, style) : reportText(document, style);
    process.stdout.write(`${head.join('\n')}\n${body}`);
  }
}

function reportText(document: ResultDocument, style: Style): string {
  if (document.iotest === undefined) return formatFioResult(document, style);
  return formatSaved(document as IotestDocument, document.iotest.warnings, style);
}

function fingerprintText({ iotest }: ResultDocument, style: Style): string {
  const fingerprint = iotest?.fingerprint ?? null;
  if (fingerprint === null) return 'this result has no fingerprint: nothing is known of its machine\n';
  const { fields, identity, full } = fingerprint;
  return `${[printable(`identity ${identity}`), printable(`full     ${full}`), '', ...fingerprintLines(fields, style)].join('\n')}\n`;
}
