/** What fio prints before the run: a line per job, its version, how much it starts, which files it lays out. */

import type { Job } from '../job/job.js';
import type { Direction } from '../job/per-direction.js';
import { isBesideIo, loadOf } from '../plan/beside-io.js';
import type { Plan, PlannedWorker } from '../plan/types.js';
import { blockRange } from '../report/block-range.js';
import { printable } from '../support/printable.js';
import { formatScaled } from '../support/units.js';

const rwNames = { read: 'read', write: 'write', trim: 'trim', readwrite: 'rw', trimwrite: 'trimwrite' } as const;

/** Up to the first I/O. @param version the line of --version. */
export function formatFioStart({ jobSet, steps }: Plan, version: string): string {
  const workers = steps.flatMap((step) => step.workers);
  const jobs = jobSet.jobs.filter((job) => job.cloneIndex === 0 && !isBesideIo(job));
  const lines = [
    ...jobs.flatMap((job) => [jobLine(job), ...(job.cloneCount > 1 ? ['...'] : [])]),
    version,
    `Starting ${startingText(workers, jobSet.globalOptions)}`,
    ...jobSet.jobs.filter(isBesideIo).flatMap(besideIoLines),
    ...layOutLines(workers),
  ];
  return `${lines.join('\n')}\n`;
}

function jobLine(job: Job): string {
  const { random, directions, sizes } = job.workload;
  const [reads, writes] = [sizeText(job, 'read'), sizeText(job, 'write')];
  const last = sizes.bySequence ? 'bs_is_seq_rand' : `(T) ${sizeText(job, 'trim')}`;
  const rw = `${random ? 'rand' : ''}${rwNames[directions]}`;
  const engine = `ioengine=${job.engine.name}, iodepth=${job.engine.depth}`;
  return `${printable(job.name)}: (g=${job.groupIndex}): rw=${rw}, bs=(R) ${reads}, (W) ${writes}, ${last}, ${engine}`;
}

/** What the engines that do no I/O say of themselves. */
function besideIoLines(job: Job): string[] {
  const { name, compute, program } = job.engine;
  const shown = printable(job.name);
  if (name === 'cpuio') {
    return [`${shown} (${compute.mode}): ioengine=cpuio, cpuload=${loadOf(job)}, cpucycle=${compute.chunkUs}`];
  }
  const [path, text] = [printable(program.path ?? ''), printable(program.arguments ?? '(null)')];
  return [`${shown} : program=${path}, arguments=${text}`];
}

/** `512B-64.0KiB`. */
function sizeText({ workload, measure }: Job, direction: Direction): string {
  const { min, max } = blockRange(workload, direction);
  const text = (bytes: number): string => formatScaled(bytes, measure.kiloBase, 'B', measure.significantFigures);
  return `${text(min)}-${text(max)}`;
}

/** Every job runs on a thread; the words follow the job, as scripts expect them. */
function startingText(workers: readonly PlannedWorker[], globals: Readonly<Record<string, string>>): string {
  const isThread = ({ job }: PlannedWorker) => (job.typedOptions.thread ?? globals.thread ?? '0') !== '0';
  const threads = workers.filter(isThread).length;
  const processes = workers.length - threads;
  const parts = [
    ...(threads === 0 ? [] : [`${threads} thread${threads > 1 ? 's' : ''}`]),
    ...(processes === 0 ? [] : [`${processes} process${processes > 1 ? 'es' : ''}`]),
  ];
  return parts.join(' and ');
}

function layOutLines(workers: readonly PlannedWorker[]): string[] {
  const seen = new Set<string>();
  return workers.flatMap(({ job, files }) => {
    const own = files.filter(({ layOut, path }) => layOut !== 'nothing' && !seen.has(path));
    for (const { path } of own) seen.add(path);
    if (own.length === 0) return [];
    const mebibytes = Math.floor(own.reduce((sum, file) => sum + file.layOutToBytes, 0) / 2 ** 20);
    const many = own.length > 1;
    const amount = `${own.length} file${many ? 's' : ''} / ${many ? 'total ' : ''}${mebibytes}MiB`;
    return [`${job.name}: Laying out IO file${many ? 's' : ''} (${amount})`];
  });
}
