/** The ways to gate: from flags to the one that is meant. */

import { findResultPath } from '../results/folder.js';
import { UserError } from '../support/errors.js';
import { type GateContext, type GateFlags, type GateOutcome, isFile } from './context.js';
import { checkBudget, gateAgainstFile, gateFiles, gateItself } from './measured.js';
import { gateAgainstFolder, gateSaved } from './saved.js';
import { checkVaried, variedWords } from './vary.js';

/**
 * The same flags with paths in the place of names of results.
 * @throws UserError for a combination of flags that means nothing, and for names that no result has.
 */
export function checkGateFlags(flags: GateFlags, files: readonly string[]): GateFlags {
  const modes = [
    flags.ab && '--ab',
    flags.aa && '--aa',
    flags.run !== undefined && '--run',
    flags.current !== undefined && '--current',
  ];
  const chosen = modes.filter((mode) => mode !== false);
  if (chosen.length !== 1) {
    const message = chosen.length === 0 ? 'nothing to judge' : `${chosen.join(' and ')} exclude each other`;
    throw UserError.of(
      message,
      'use --ab OLD.ini NEW.ini, --baseline DIR --run JOB.ini, --baseline FILE --current FILE, or --aa JOB.ini',
    );
  }
  refuseMeaningless(flags);
  checkVaried(variedWords(flags.vary));
  checkBudget(flags);
  if (flags.ab) expectFiles(files, 2, '--ab OLD.ini NEW.ini');
  else if (flags.aa) expectFiles(files, 1, '--aa JOB.ini');
  else expectFiles(files, 0, `${chosen[0]} takes no further files`);
  if (flags.ab || flags.aa) return flags;
  if (flags.baseline === undefined) {
    throw UserError.of(`${chosen[0]} needs a --baseline to be compared with`, 'name a result, or a folder of results');
  }
  if (flags.current === undefined) {
    const baseline = pathOfBaseline(flags.results, flags.baseline);
    if (flags.budget !== undefined && !isFile(baseline)) {
      throw UserError.of(
        '--budget has no meaning against a folder: a run is one sample among earlier ones, however long it is',
        'use --repeat N, or name one result of the folder',
      );
    }
    return { ...flags, baseline };
  }
  const [baseline, current] = [flags.baseline, flags.current].map((word) => findResultPath(flags.results, word));
  return { ...flags, baseline, current };
}

/** A folder of earlier runs is made with the first of them, so that a name which nothing has is one to be made. */
function pathOfBaseline(results: string, word: string): string {
  return isNameOfResult.test(word) ? findResultPath(results, word) : word;
}

/** `latest`, `latest~1`, or the beginning of an id, which is a date. */
const isNameOfResult = /^(?:latest(?:~\d+)?|\d{8}-[^/]*)$/;

/**
 * @param context flags as `checkGateFlags` gives them
 * @throws UserError for whatever reading and running throw.
 */
export async function runGate(context: GateContext): Promise<GateOutcome> {
  const { flags } = context;
  if (flags.ab) return gateFiles(context);
  if (flags.aa) return gateItself(context);
  if (flags.run === undefined) return gateSaved(flags, flags.baseline!, flags.current!);
  return isFile(flags.baseline!)
    ? gateAgainstFile(context, flags.run, flags.baseline!)
    : gateAgainstFolder(context, flags.run, flags.baseline!);
}

/** A flag that would be ignored is a misunderstanding, and had better be told before the run. */
function refuseMeaningless(flags: GateFlags): void {
  const refuse = (isGiven: boolean, message: string, advice: string) => {
    if (isGiven) throw UserError.of(message, advice);
  };
  const isGiven = (values: readonly string[] | undefined) => values !== undefined && values.length > 0;
  refuse(flags.ab && flags.baseline !== undefined, '--ab has its baseline in the first file', 'leave --baseline out');
  refuse(
    (flags.ab || flags.aa) && isGiven(flags.vary),
    '--vary has no meaning where both sides run on this machine',
    'leave --vary out',
  );
  refuse(
    flags.reference !== undefined && (flags.ab || flags.aa || (flags.baseline !== undefined && isFile(flags.baseline))),
    '--reference chooses among the results of a folder',
    'name the folder: --baseline DIR',
  );
  refuse(
    flags.bisect && flags['inconclusive-ok'],
    '--bisect and --inconclusive-ok contradict each other',
    'leave --inconclusive-ok out: git skips a commit that cannot be told',
  );
  refuse(
    flags.strict && flags['inconclusive-ok'],
    '--strict and --inconclusive-ok contradict each other',
    'leave --strict out: an inconclusive gate exits with 4 unless --inconclusive-ok is given',
  );
  const running = [
    isGiven(flags.engine) && '--engine',
    isGiven(flags.set) && '--set',
    isGiven(flags.section) && '--section',
    isGiven(flags.destructive) && '--destructive',
    flags.readonly === true && '--readonly',
    flags.runtime !== undefined && '--runtime',
    flags.repeat !== undefined && '--repeat',
    flags.budget !== undefined && '--budget',
  ].filter((flag) => flag !== false);
  refuse(
    flags.current !== undefined && running.length > 0,
    `${running.join(', ')} changes how jobs run, and nothing is run with --current`,
    'leave it out, or use --run JOB.ini',
  );
}

function expectFiles(files: readonly string[], count: number, usage: string): void {
  if (files.length === count) return;
  throw UserError.of(`${files.length} files are given, ${count} expected`, `usage: iotest gate ${usage}`);
}

/** Where a run will be saved. */
export function savingFolder({ run, baseline, results }: Pick<GateFlags, 'run' | 'baseline' | 'results'>): string {
  return run !== undefined && baseline !== undefined && !isFile(baseline) ? baseline : results;
}
