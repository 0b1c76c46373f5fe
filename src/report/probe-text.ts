/** `iotest probe`: what this machine and a target can do. */

import type { TargetFacts } from '../machine/target-facts.js';
import { pollQueueAdvice, pollQueueParameter } from '../support/poll-queue-parameters.js';
import { printable } from '../support/printable.js';
import type { Capability, RegistrationLimits, RingProbe } from '../support/ring-facts.js';
import { formatBytesIec } from '../support/units.js';
import { reportColumns, wrap } from './layout.js';
import { ringMapLines } from './ring-map.js';
import type { Style } from './terminal.js';

interface UringProbe extends RingProbe {
  /** What can be registered; null when there is no ring. */
  readonly limits: RegistrationLimits | null;
}

export interface AioProbe {
  readonly available: boolean;
  /** Why not; null when available. */
  readonly reason: string | null;
  /** fs.aio-max-nr and fs.aio-nr; null where they cannot be read. */
  readonly requestsMax: number | null;
  readonly requestsInUse: number | null;
}

export interface ProbeDocument {
  readonly kernel: string;
  readonly architecture: string;
  readonly io_uring: UringProbe;
  readonly libaio: AioProbe;
  readonly target: TargetFacts | null;
  /** Of the target, found out by reading; null without one. */
  readonly targetReads: TargetReads | null;
}

export interface TargetReads {
  /** Whether reads can be asked for without blocking (RWF_NOWAIT); null where it cannot be found out. */
  readonly nowaitDirect: boolean | null;
  readonly nowaitBuffered: boolean | null;
  /** The number of poll queues that the driver was loaded with; null where it does not say. */
  readonly pollQueues: number | null;
}

/** Who asks about a target reads of it first, and is spared the tables of flags and operations and the map of the ring. */
export function formatProbe(probe: ProbeDocument, style: Style): string {
  const { target, io_uring } = probe;
  const blocks = [
    ...(target === null ? [] : [targetLines(target, probe.targetReads, style)]),
    [...fact('kernel', `Linux ${probe.kernel}, ${probe.architecture}`)],
    [...uringLines(io_uring, style), ...(target === null ? uringTables(io_uring, style) : [])],
    aioLines(probe.libaio, style),
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

const labelColumns = 15;

function fact(name: string, text: string): string[] {
  return wrap(printable(text), `${name.padEnd(labelColumns)} `);
}

function uringLines(uring: UringProbe, style: Style): string[] {
  if (!uring.available) {
    return [
      style.heading('io_uring'),
      ...fact('  available', `no: ${uring.problem?.message ?? 'unknown reason'}`),
      ...(uring.problem?.advice == null ? [] : fact('  advice', uring.problem.advice)),
    ];
  }
  const { limits } = uring;
  const library = uring.liburingVersion === null ? ' (liburing.so.2 is not installed)' : '';
  const limit = uring.lockedMemoryBytesMax;
  return [
    style.heading('io_uring'),
    ...fact('  binding', `${uring.binding}${library}`),
    ...fact(
      '  locked memory',
      limit === null ? 'no limit' : `${formatBytesIec(limit)} (ulimit -l bounds registered buffers)`,
    ),
    ...fact('  features', uring.features.join(' ')),
    ...(limits === null ? [] : limitLines(limits)),
    ...modeLines(uring.combinations),
  ];
}

function uringTables({ available, setupFlags, operations, anatomy }: UringProbe, style: Style): string[] {
  if (!available) return [];
  return [
    '',
    ...capabilityLines('setup flags', setupFlags, style),
    '',
    ...(operations.length === 0
      ? fact('operations', 'the kernel does not tell (before 5.6)')
      : capabilityLines('operations', operations, style)),
    ...(anatomy === null ? [] : ['', ...ringMapLines(anatomy, style)]),
  ];
}

/** Per mode what is refused, and the first set of flags that is granted: that one will be used. */
function modeLines(combinations: UringProbe['combinations']): string[] {
  const modes = [...new Set(combinations.map(({ mode }) => mode))];
  const texts = modes.flatMap((mode) => {
    const tried = combinations.filter((each) => each.mode === mode);
    const granted = tried.findIndex(({ outcome }) => outcome === 'ok');
    return tried.slice(0, granted < 0 ? tried.length : granted + 1).map(({ flags, outcome }) => {
      const names = flags.length === 0 ? 'no flags' : flags.join(' ');
      return `${mode}: ${names}${outcome === 'ok' ? '' : ` (refused: ${outcome})`}`;
    });
  });
  return texts.flatMap((text, index) => fact(index === 0 ? '  modes' : '', text));
}

function limitLines(limits: NonNullable<UringProbe['limits']>): string[] {
  const { sqEntriesMax, cqEntriesMax, filesMax, buffersMax, boundedWorkersMax, unboundedWorkersMax } = limits;
  const text = (value: number | null) => (value === null ? 'unknown' : String(value));
  return [
    ...fact('  entries', `at most ${text(sqEntriesMax)} submissions, ${text(cqEntriesMax)} completions`),
    ...fact(
      '  registered',
      `at most ${text(filesMax)} files (as ulimit -n lets), ${text(buffersMax)} buffers of up to 1GiB each`,
    ),
    ...fact(
      '  io-wq workers',
      `at most ${text(boundedWorkersMax)} for files, ${text(unboundedWorkersMax)} for sockets`,
    ),
  ];
}

/** In columns, each with the kernel that brought it; those that this kernel lacks are marked. */
function capabilityLines(title: string, capabilities: readonly Capability[], style: Style): string[] {
  const [yes, no] = style.unicode ? ['✓', '·'] : ['+', '-'];
  const nameColumns = Math.max(...capabilities.map(({ name }) => name.length));
  // Mark, number, name and version, with blanks between and around.
  const cellColumns = 2 + 3 + nameColumns + 1 + 5 + 2;
  const columnCount = Math.max(1, Math.floor((reportColumns - 2) / cellColumns));
  const rowCount = Math.ceil(capabilities.length / columnCount);
  const cell = (index: number): string => {
    const capability = capabilities[index];
    if (capability === undefined) return '';
    const { name, since, supported } = capability;
    const text = `${supported ? yes : no} ${String(index).padStart(2)} ${name.padEnd(nameColumns)} ${since.padEnd(5)}`;
    return supported ? text : style.faint(text);
  };
  const rows = Array.from({ length: rowCount }, (_, row) =>
    Array.from({ length: columnCount }, (_, column) => cell(column * rowCount + row))
      .join('  ')
      .trimEnd(),
  );
  const missing = capabilities.filter(({ supported }) => !supported).length;
  const head = `${title}: ${capabilities.length - missing} of ${capabilities.length} (${yes} there, ${no} not; bit or number, name, since Linux)`;
  return [style.heading(head), ...rows.map((row) => `  ${row}`)];
}

function aioLines({ available, reason, requestsMax, requestsInUse }: AioProbe, style: Style): string[] {
  const limits =
    requestsMax === null ? [] : fact('  requests', `${requestsInUse ?? 0} of ${requestsMax} in use (fs.aio-max-nr)`);
  return [style.heading('libaio'), ...fact('  available', available ? 'yes' : `no: ${reason}`), ...limits];
}

function targetLines(target: TargetFacts, reads: TargetReads | null, style: Style): string[] {
  const { kind, sizeBytes, allocatedBytes, directAlignBytes, fileSystem, queue } = target;
  const kinds = {
    file: `file of ${formatBytesIec(sizeBytes)}, ${formatBytesIec(allocatedBytes)} of it on disk`,
    block: `block device of ${formatBytesIec(sizeBytes)}`,
    missing: 'does not exist; what follows is of its directory',
    directory: 'directory; what follows is of files in it',
    other: 'neither file nor block device',
  } as const;
  const real = target.realPath === target.path ? '' : ` (${target.realPath})`;
  return [
    style.heading(printable(`target ${target.path}${real}`)),
    ...fact('  kind', `${kinds[kind]}${target.readOnly ? ', read-only' : ''}`),
    ...fact(
      '  O_DIRECT',
      directAlignBytes === null ? 'refused here' : `offsets and sizes in multiples of ${directAlignBytes} bytes`,
    ),
    ...(fileSystem === null
      ? []
      : fact(
          '  file system',
          `${fileSystem.type} at ${fileSystem.mountPoint} (${fileSystem.options})${freeSpace(fileSystem.freeBytes)}`,
        )),
    ...(queue === null ? fact('  disk', 'none below it') : queueLines(queue, reads?.pollQueues ?? null)),
    ...(reads === null ? [] : nowaitLines(reads)),
    ...atomicLines(target),
    ...(kind === 'block' ? useLines(target, style) : []),
  ];
}

function nowaitLines({ nowaitDirect, nowaitBuffered }: TargetReads): string[] {
  const text = (supports: boolean | null) => (supports === null ? 'unknown' : supports ? 'yes' : 'no');
  const isPunted = nowaitDirect === false || nowaitBuffered === false;
  const meaning = isPunted ? ': io_uring hands such requests to worker threads' : '';
  return fact('  NOWAIT', `direct ${text(nowaitDirect)}, buffered ${text(nowaitBuffered)}${meaning}`);
}

function atomicLines({ atomicWrite }: TargetFacts): string[] {
  if (atomicWrite == null) return fact('  atomic writes', 'none that the kernel knows of (Linux 6.11 and later tell)');
  const { unitBytesMin, unitBytesMax } = atomicWrite;
  return fact('  atomic writes', `${formatBytesIec(unitBytesMin)} to ${formatBytesIec(unitBytesMax)} (atomic=1)`);
}

/** Whether completions can be polled for, and what to do when not. */
function pollingText({ polls, driver }: NonNullable<TargetFacts['queue']>, loaded: number | null): string {
  const parameter = pollQueueParameter(driver);
  const given = loaded === null || parameter === null ? '' : ` (${parameter.module}.${parameter.parameter}=${loaded})`;
  if (polls) return `yes${given}: hipri and +iopoll work`;
  const advice = pollQueueAdvice(driver);
  return `no: the device has no poll queues${given}, hipri and +iopoll are refused${advice === null ? '' : `; ${advice}`}`;
}

function queueLines(queue: NonNullable<TargetFacts['queue']>, pollQueues: number | null): string[] {
  const description = [
    queue.model,
    queue.driver === null ? null : `driver ${queue.driver}`,
    queue.rotational ? 'rotational' : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
  return [
    ...fact('  disk', `${queue.disk}${description === '' ? '' : `: ${description}`}`),
    ...fact('  blocks', `${queue.logicalBlockBytes} bytes logical, ${queue.physicalBlockBytes} physical`),
    ...fact('  queue', `scheduler ${queue.scheduler ?? 'unknown'}, nr_requests ${queue.requestsMax}`),
    ...fact('  write cache', queue.writeCache ?? 'unknown'),
    ...fact(
      '  trim',
      queue.discardBytesMax > 0 ? `up to ${formatBytesIec(queue.discardBytesMax)} a request` : 'not supported',
    ),
    ...fact('  polling', pollingText(queue, pollQueues)),
  ];
}

function freeSpace(freeBytes: number | null): string {
  return freeBytes === null ? '' : `, ${formatBytesIec(freeBytes)} free`;
}

function useLines({ uses }: TargetFacts, style: Style): string[] {
  if (uses.length === 0) return fact('  in use', 'no');
  return uses.flatMap(({ device, by }, index) =>
    fact(index === 0 ? '  in use' : '', `${device}: ${by}`).map(style.caution),
  );
}
