/** What ran where: the first lines of a report. */
import { hostsOf, type IotestDocument, type IotestJob, type IotestPart } from '../results/document.js';
import { printable } from '../support/printable.js';
import { formatBytesIec } from '../support/units.js';
import { wrap } from './layout.js';
import { preconditionText } from './steady-state-text.js';
import type { Style } from './terminal.js';

type Target = IotestPart['targets'][number];

export function headerLines(document: IotestDocument, style: Style): string[] {
  const { iotest } = document;
  const facts: [string, string][] = [
    ['machine', machineText(iotest.machine)],
    ...targetTexts(document).map((text): [string, string] => ['target', text]),
    ...(iotest.preconditioning ?? []).map((part): [string, string] => ['before', preconditionText(part)]),
    ...enginesText(iotest.jobs).map((text): [string, string] => ['engine', text]),
  ];
  const { tool, startedAt, elapsedMs } = iotest;
  const seconds = (elapsedMs / 1000).toFixed(1);
  return [
    `${style.strong(printable(`iotest ${tool.version}`))}, ${printable(`Node ${tool.node}`)}, ${startedAt.replace('T', ' ').slice(0, 19)} UTC, ${seconds} s`,
    ...facts.flatMap(([name, text]) => {
      const [first, ...rest] = wrap(printable(text), `${name.padEnd(7)} : `);
      return [`${style.faint(first!.slice(0, 10))}${first!.slice(10)}`, ...rest];
    }),
  ];
}

/** Of several hosts, what they have alike is said once. */
function targetTexts(document: IotestDocument): string[] {
  const hosts = hostsOf(document);
  if (hosts.length === 0) return document.iotest.targets.map(targetText);
  const names = new Map<string, string[]>();
  for (const { name, document: own } of hosts) {
    for (const target of own?.iotest.targets ?? []) {
      const text = targetText(target);
      names.set(text, [...(names.get(text) ?? []), name]);
    }
  }
  return [...names].map(([text, all]) => `${all.length > namedMax ? `${all.length} hosts` : all.join(', ')}: ${text}`);
}

/** Hosts in one line. */
const namedMax = 4;

/** A field of the machine as text; empty where it is not known. */
export function machineField(machine: IotestPart['machine'], name: string): string {
  const value = machine[name];
  if (value === undefined || value === null) return '';
  return Array.isArray(value) ? value.join(' ') : String(value);
}

function machineText(machine: IotestPart['machine']): string {
  const field = (name: string) => machineField(machine, name);
  const memory = Number(field('memoryTotalBytes'));
  const cpuCount = field('cpuCount');
  return [
    field('kernel') === '' ? '' : `Linux ${field('kernel').replace(/^Linux /, '')}`,
    field('cpuModel') === '' ? '' : `${cpuCount === '' ? '' : `${cpuCount} x `}${field('cpuModel')}`,
    memory > 0 ? `${formatBytesIec(memory)} memory` : '',
    ...['virtualization', 'container'].map((name) => (field(name) === 'none' ? '' : field(name))),
    field('governor') === '' ? '' : `governor ${field('governor')}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export function targetText({ path, kind, sizeBytes, fileSystem, queue }: Target): string {
  const where = fileSystem === null ? '' : `, ${fileSystem.type} at ${fileSystem.mountPoint}`;
  const size = kind === 'block' || kind === 'file' ? ` (${formatBytesIec(sizeBytes)})` : '';
  return `${path}${size}${where}${queue === null ? '' : `, ${diskText(queue)}`}`;
}

function diskText(queue: NonNullable<Target['queue']>): string {
  return [
    `disk ${queue.disk}${queue.model === null ? '' : ` ${queue.model}`}`,
    queue.scheduler === null ? '' : `scheduler ${queue.scheduler}`,
    `nr_requests ${queue.requestsMax}`,
    queue.polls ? 'polls' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What was granted, once per engine: jobs on the same engine nearly always get the same. */
function enginesText(jobs: readonly IotestJob[]): string[] {
  const texts = jobs.flatMap(({ engine }) => {
    if (engine === null) return [];
    const modes = [engine.fixedBuffers ? 'registered buffers' : '', engine.fixedFiles ? 'registered files' : ''];
    const settings = (engine.settings ?? []).map(({ option, value }) => `${option} ${value}`);
    const parts = [engine.binding ?? '', engine.setupFlags.join(' '), ...modes, ...settings].filter(
      (part) => part !== '',
    );
    const refused = engine.fallbacks.map(({ asked, reason }) => `, without ${asked} (${reason})`).join('');
    return [`${engine.label}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${refused}`];
  });
  return [...new Set(texts)];
}
