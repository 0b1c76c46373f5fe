/** `iotest probe`: what this machine and a target can do. */
import type { Problem } from '../support/errors.js';
import { formatBytesIec } from '../support/units.js';
import type { TargetFacts } from '../system/target-facts.js';
import { printable, wrap } from './layout.js';
import type { Style } from './terminal.js';

interface Capability {
  readonly name: string;
  /** Kernel version that brought it. */
  readonly since: string;
  readonly supported: boolean;
}

/** What probing io_uring found (src/ring/probe.ts gives it). */
export interface UringProbe {
  readonly available: boolean;
  readonly problem: Problem | null;
  readonly binding: string;
  readonly liburingVersion: string | null;
  readonly setupFlags: readonly Capability[];
  readonly combinations: readonly {
    readonly mode: string;
    readonly flags: readonly string[];
    readonly outcome: string;
  }[];
  readonly features: readonly string[];
  readonly operations: readonly Capability[];
  readonly lockedMemoryBytesMax: number | null;
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
}

export function formatProbe(probe: ProbeDocument, style: Style): string {
  const blocks = [
    [...fact('kernel', `Linux ${probe.kernel}, ${probe.architecture}`)],
    uringLines(probe.io_uring, style),
    aioLines(probe.libaio, style),
    ...(probe.target === null ? [] : [targetLines(probe.target, style)]),
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
  const { setupFlags, operations } = uring;
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
    ...fact('  setup flags', supported(setupFlags)),
    ...notSupported('  missing flags', setupFlags),
    ...fact('  operations', operations.length === 0 ? 'the kernel does not tell (before 5.6)' : supported(operations)),
    ...notSupported('  missing ops', operations),
    ...modeLines(uring.combinations),
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

function supported(capabilities: readonly Capability[]): string {
  return capabilities
    .filter((capability) => capability.supported)
    .map(({ name }) => name)
    .join(' ');
}

function notSupported(label: string, capabilities: readonly Capability[]): string[] {
  const missing = capabilities.filter((capability) => !capability.supported);
  return missing.length === 0
    ? []
    : fact(label, missing.map(({ name, since }) => `${name} (Linux ${since})`).join(', '));
}

function aioLines({ available, reason, requestsMax, requestsInUse }: AioProbe, style: Style): string[] {
  const limits =
    requestsMax === null ? [] : fact('  requests', `${requestsInUse ?? 0} of ${requestsMax} in use (fs.aio-max-nr)`);
  return [style.heading('libaio'), ...fact('  available', available ? 'yes' : `no: ${reason}`), ...limits];
}

function targetLines(target: TargetFacts, style: Style): string[] {
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
    ...(queue === null ? fact('  disk', 'none below it') : queueLines(queue)),
    ...(kind === 'block' ? useLines(target, style) : []),
  ];
}

function queueLines(queue: NonNullable<TargetFacts['queue']>): string[] {
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
    ...fact(
      '  polling',
      queue.polls ? 'yes: hipri and +iopoll work' : 'no: the device has no poll queues, hipri and +iopoll are refused',
    ),
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
