/** `iotest check`: what a run would do, step by step. */
import { layOutsOf } from '../plan/lay-outs.js';
import type { Plan, PlannedFile, PlannedFileWork, PlannedWorker, Step } from '../plan/types.js';
import { printable } from '../support/printable.js';
import { formatBytesIec } from '../support/units.js';
import { besideIoWork, isBesideIo } from './beside-io-text.js';
import { factLines } from './layout.js';
import type { Style } from './terminal.js';
import { warningLines } from './warning-lines.js';

/**
 * @param jobFile what was set, as a job file
 * @param isWhole it has every option
 */
export function formatCheck(plan: Plan, jobFile: string, style: Style, isWhole = false): string {
  const warnings = plan.warnings.length === 0 ? 'no warnings' : countOf(plan.warnings.length, 'warning');
  const blocks = [
    [`${countOf(plan.steps.length, 'step')}, ${warnings}; nothing was opened for I/O`],
    layOutLines(plan, style),
    ...plan.steps.map((step, index) => stepLines(step, index, plan.steps.length, style)),
    [style.heading(isWhole ? 'every option' : 'what was set (--all shows every option)'), jobFile.trimEnd()],
    warningLines(plan.warnings, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** A job may have thousands of files; the steps below them shall be seen. */
const layOutsShownMax = 8;

function layOutLines(plan: Plan, style: Style): string[] {
  const layOuts = layOutsOf(plan);
  if (layOuts.length === 0) return [];
  const more = layOuts.length - layOutsShownMax;
  return [
    style.heading('before the first step'),
    ...layOuts
      .slice(0, layOutsShownMax)
      .flatMap(({ file }) =>
        factLines(file.kind === 'missing' ? '    make ' : '    lengthen ', [
          printable(file.path),
          `${file.layOut === 'write' ? 'written' : 'allocated'} up to ${formatBytesIec(file.layOutToBytes)}`,
        ]),
      ),
    ...(more > 0 ? [`    and ${countOf(more, 'file')} more`] : []),
  ];
}

/** The same for machines. */
export function checkDocument({ jobSet, steps, targets, warnings }: Plan) {
  return { globalOptions: jobSet.globalOptions, jobs: jobSet.jobs, steps, targets, warnings };
}

function stepLines(step: Step, index: number, stepCount: number, style: Style): string[] {
  const waits = step.workers.some(({ job }) => job.schedule.waitFor !== null);
  const together = step.workers.length === 1 || waits ? '' : ', all started together';
  const title = `step ${index + 1} of ${stepCount}: ${step.engineLabel}, ${countOf(step.workers.length, 'worker')}${together}`;
  return [style.heading(printable(title)), ...step.workers.flatMap(workerLines)];
}

function workerLines(worker: PlannedWorker): string[] {
  const { job, engine, engineLabel, files, seed, ioBytes, fileWork, network } = worker;
  const clone = job.cloneCount > 1 ? ` (clone ${job.cloneIndex})` : '';
  const writes = job.workload.directions !== 'read';
  const head = factLines(`  ${printable(job.name)}${clone}: `, [
    engineLabel,
    `depth ${engine.depth}`,
    ...chainFacts(engine.chain),
    `seed ${seed}`,
    ioBytes === null
      ? isBesideIo(engine)
        ? besideIoEnd(job)
        : job.schedule.timeBased
          ? 'until the time is over'
          : 'until no space is left'
      : `${formatBytesIec(ioBytes)} to transfer`,
    ...(job.schedule.runtimeMs === null ? [] : [`at most ${job.schedule.runtimeMs / 1000} s`]),
    ...(job.schedule.waitFor === null ? [] : [`begins when ${printable(job.schedule.waitFor)} has ended`]),
    ...endingFacts(job),
    ...preconditionFacts(job),
  ]);
  if (isBesideIo(engine))
    return [
      ...head,
      ...factLines('    ', [
        engine.name === 'exec' ? `run ${besideIoWork(engine)}` : `compute on ${besideIoWork(engine)}`,
      ]),
    ];
  if (network !== null) return [...head, ...networkLines(worker)];
  if (fileWork !== null) return [...head, ...fileWorkLines(fileWork)];
  return [...head, ...files.flatMap((file) => fileLines(file, writes, job.target.direct))];
}

function besideIoEnd({ engine, schedule }: PlannedWorker['job']): string {
  if (engine.name === 'exec') return 'until its program ends';
  const withIo = engine.compute.endsWithIo || schedule.runtimeMs === null;
  return withIo ? 'until the jobs that do I/O have ended' : 'until the time is over';
}

/** `chains of write,fdatasync (link)`. */
function chainFacts({ elements, mode }: PlannedWorker['engine']['chain']): string[] {
  if (elements.length === 0) return [];
  const names = elements.map(({ operation, count }) => (count === 1 ? operation : `${operation}:${count}`));
  return [`chains of ${names.join(',')} (${mode})`];
}

function endingFacts({ ending }: PlannedWorker['job']): string[] {
  const whom = { group: 'its group', stonewall: 'all that run', all: 'everything' }[ending.exitWhat];
  if (ending.exitAll) return [`its end ends ${whom}`];
  return ending.exitAllOnError ? [`its failure ends ${whom}`] : [];
}

function networkLines({ job, files, network }: PlannedWorker): string[] {
  const does = job.workload.directions === 'write' ? 'send' : 'receive';
  const other = does === 'send' ? 'receive' : 'send';
  return factLines(`    ${does} `, [
    printable(files[0]!.path),
    network!.listens ? 'waits for the other end' : 'connects',
    ...(job.engine.network.pingPong ? [`then ${other} the answer`] : []),
  ]);
}

function fileWorkLines({ kind, directories, paths, layOutBytes }: PlannedFileWork): string[] {
  const [first, last] = [paths[0]!, paths.at(-1)!];
  const places = paths.length === 1 ? printable(first) : `${printable(first)} to ${printable(last)}`;
  const what = directories ? 'directories' : 'files';
  const made = directories ? 'made' : `made with ${formatBytesIec(layOutBytes)}`;
  return factLines(`    ${kind} `, [
    `${paths.length} ${what}`,
    places,
    kind === 'create' ? 'those of an earlier run are removed first' : `first ${made} where they are missing`,
  ]);
}

function preconditionFacts({ target, ending }: PlannedWorker['job']): string[] {
  switch (target.precondition) {
    case 'none':
      return [];
    case 'until-steady':
      return [`first run until steady, at most 25 rounds of ${ending.steadyState.intervalMs / 1000} s (precondition)`];
    default:
      return [`its region first written ${target.precondition === '2x' ? 'twice' : 'once'} (precondition)`];
  }
}

function fileLines(file: PlannedFile, writes: boolean, direct: boolean): string[] {
  if (file.kind === 'memory') return ['    no file: this engine does no I/O'];
  return factLines('    open ', [
    printable(file.path),
    file.kind === 'block' ? 'block device' : file.kind === 'missing' && file.layOut === 'nothing' ? 'new file' : 'file',
    `${writes ? 'read and write' : 'read only'}`,
    `${formatBytesIec(file.regionBytes)} from ${formatBytesIec(file.regionOffsetBytes)} on`,
    direct ? `O_DIRECT aligned to ${file.alignBytes}` : 'buffered',
  ]);
}

function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
