/**
 * What `iotest gate --aa` found out about a machine, kept in a folder of results so that later gates there know how much
 * figures vary by themselves. A file of its own, whose name begins with a dot: it is no result.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../cli/output.js';
import { repetitionsMin } from '../compare/rule.js';
import type { GateReport, Metric } from '../compare/types.js';
import type { IotestDocument } from '../results/document.js';
import { identityOf } from '../results/fingerprint.js';
import { ExitCode, UserError } from '../support/errors.js';
import { readInput } from '../system/input-file.js';
import { scatterOf } from './forecast.js';
import type { KnownNoise } from './history.js';

const noiseFileName = '.iotest-noise.json';
/** Thousands of jobs. */
const noiseBytesMax = 4 * 2 ** 20;

interface NoiseFile {
  readonly schemaVersion: 1;
  readonly measuredAt: string;
  /** Of the machine, whatever the job. */
  readonly identity: string;
  /** Standard deviation of the logarithm of one repetition, by job and metric. */
  readonly sigma: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Writes it, replacing what was measured before. Returns its path. */
export async function saveNoise(report: GateReport, document: IotestDocument, folder: string): Promise<string> {
  const sigma: Record<string, Record<string, number>> = {};
  for (const { jobName, comparison } of report.metrics) {
    const { evidence, metric } = comparison;
    if (evidence === null || evidence.count < repetitionsMin) continue;
    sigma[jobName] = { ...sigma[jobName], [metricKey(metric)]: scatterOf(evidence) };
  }
  const content: NoiseFile = {
    schemaVersion: 1,
    measuredAt: document.iotest.startedAt,
    identity: machineIdentity(document) ?? '',
    sigma,
  };
  const path = join(folder, noiseFileName);
  try {
    await mkdir(folder, { recursive: true });
  } catch {
    throw UserError.of(`${folder} cannot be made`, 'name another folder with --baseline DIR', ExitCode.failed);
  }
  await writeWhole(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}

/** Noise measured in this folder on this machine; what cannot be read or is of another machine is named in `notes`. */
export function readNoise(folder: string, document: IotestDocument, notes: string[]): KnownNoise {
  const path = join(folder, noiseFileName);
  if (!existsSync(path)) return () => null;
  const file = parseNoise(path);
  if (file === null) {
    notes.push(`${path} is damaged and was not used: measure it again with iotest gate --aa`);
    return () => null;
  }
  if (file.identity !== machineIdentity(document)) {
    notes.push(`${path} was measured on another machine and was not used`);
    return () => null;
  }
  return (jobName, metric) => file.sigma[jobName]?.[metricKey(metric)] ?? null;
}

function metricKey({ direction, name }: Metric): string {
  return `${direction ?? 'job'} ${name}`;
}

/** Fields that depend on the jobs, and amounts of memory, which are never the same to the byte. */
const ofJobs = ['job', 'io_uring', 'memory', 'limit', 'cgroup.ioMax'];

function machineIdentity({ iotest }: IotestDocument): string | null {
  return iotest.fingerprint === null ? null : identityOf(iotest.fingerprint.fields, ofJobs);
}

function parseNoise(path: string): NoiseFile | null {
  try {
    const file = JSON.parse(textOf(path)) as Partial<NoiseFile>;
    const { schemaVersion, identity, sigma } = file;
    if (schemaVersion !== 1 || typeof identity !== 'string' || typeof sigma !== 'object' || sigma === null) return null;
    const values = Object.values(sigma).flatMap((job) => Object.values(job));
    return values.every((value) => Number.isFinite(value) && value >= 0) ? (file as NoiseFile) : null;
  } catch {
    return null;
  }
}

/** Empty, which is no JSON, when it cannot be read. */
function textOf(path: string): string {
  const input = readInput(path, { bytesMax: noiseBytesMax, links: false });
  return input.ok ? input.bytes.toString('utf8') : '';
}
