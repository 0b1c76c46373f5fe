/**
 * The result of several hosts from that of each: one document whose jobs, steps and repetitions are totals, and that
 * keeps what it was made of in `iotest.hosts`. Pure but for hashing.
 */
import { createHash } from 'node:crypto';
import type { JobFile } from '../cli/job-input.js';
import type { FingerprintField } from '../machine/fingerprint.js';
import { calendarTime, groupRates } from '../results/build.js';
import type { IotestDocument, IotestPart, Noise, ResultHost } from '../results/document.js';
import { makeFingerprint } from '../results/fingerprint.js';
import { fioDisks } from '../results/fio-json.js';
import { schemaVersion } from '../results/version.js';
import { assert } from '../support/errors.js';
import type { Warning } from '../support/warning.js';
import { type JobPart, mergedJob, summaryOf } from './merge-job.js';
import { onHost } from './names.js';

/** A host with a result. */
type Measured = ResultHost & { readonly document: IotestDocument };

interface MergeContext {
  readonly commandLine: readonly string[];
  readonly jobFile: JobFile;
}

/** @param hosts of which at least one has a document */
export function mergeHosts(hosts: readonly ResultHost[], { commandLine, jobFile }: MergeContext): IotestDocument {
  const measured = hosts.filter((host): host is Measured => host.document !== null);
  assert(measured.length > 0, 'a total needs a result');
  const documents = measured.map(({ document }) => document);
  const first = documents[0]!;
  const ours = documents.map(({ iotest }) => iotest);
  const { steps, jobs } = mergedSteps(measured);
  const disks = fioDisks(steps.map(({ step, durationMs }) => ({ diskUse: step.diskUse, durationMs })));
  const endedEpochMs = Math.max(...documents.map((each) => each.timestamp_ms ?? each.timestamp * 1000));
  const globalOptions = first['global options'];
  const preconditioning = mergedPreconditioning(measured);
  return {
    'fio version': first['fio version'],
    timestamp: Math.floor(endedEpochMs / 1000),
    timestamp_ms: endedEpochMs,
    time: calendarTime(new Date(endedEpochMs)),
    ...(globalOptions === undefined ? {} : { 'global options': globalOptions }),
    jobs: jobs.map(({ fio }) => fio),
    ...(disks.length === 0 ? {} : { disk_util: disks }),
    iotest: {
      schemaVersion,
      tool: first.iotest.tool,
      commandLine: [...commandLine],
      startedAt: earliest(ours),
      elapsedMs: Math.max(...ours.map(({ elapsedMs }) => elapsedMs)),
      interrupted: ours.some(({ interrupted }) => interrupted),
      machine: Object.fromEntries(
        Object.entries(first.iotest.machine).filter(([name, value]) =>
          ours.every(({ machine }) => JSON.stringify(machine[name]) === JSON.stringify(value)),
        ),
      ),
      fingerprint: mergedFingerprint(hosts, measured),
      noise: mergedNoise(measured),
      jobFile: { ...jobFile, sha256: createHash('sha256').update(jobFile.text).digest('hex') },
      engines: union(ours.map(({ engines }) => engines)),
      variants: union(ours.map(({ variants }) => variants)),
      steps: steps.map(({ step }) => step),
      repetitions: mergedRepetitions(ours, steps),
      jobs: jobs.map(({ iotest }) => iotest),
      targets: measured.flatMap(({ name, document }) =>
        document.iotest.targets.map((target) => ({ ...target, path: onHost(name, target.path) })),
      ),
      ...(preconditioning.length === 0 ? {} : { preconditioning }),
      warnings: mergedWarnings(measured),
      hosts: [...hosts],
    },
  };
}

function union(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

function earliest(ours: readonly Pick<IotestPart, 'startedAt'>[]): string {
  return ours.map(({ startedAt }) => startedAt).sort()[0]!;
}

interface MergedStep {
  readonly step: IotestPart['steps'][number];
  readonly durationMs: number;
}

/** Hosts have the same steps with the same jobs in each, as far as they came. */
function mergedSteps(hosts: readonly Measured[]): {
  readonly steps: readonly MergedStep[];
  readonly jobs: readonly ReturnType<typeof mergedJob>[];
} {
  const longest = hosts.reduce((most, host) =>
    host.document.iotest.steps.length > most.document.iotest.steps.length ? host : most,
  );
  const jobs: ReturnType<typeof mergedJob>[] = [];
  const steps = longest.document.iotest.steps.map((like, stepIndex): MergedStep => {
    const taking = hosts.filter(({ document }) => document.iotest.steps[stepIndex] !== undefined);
    const grouped = like.jobIndexes.map((_, place) => taking.flatMap((host) => partOf(host, stepIndex, place)));
    const summaries = grouped.map(summaryOf);
    const jobIndexes = grouped.map((parts, place) => {
      const groupid = parts[0]!.fio.groupid;
      const ofGroup = summaries.filter((_, other) => grouped[other]![0]!.fio.groupid === groupid);
      jobs.push(mergedJob(parts, summaries[place]!, groupRates(ofGroup.map((summary) => ({ summary })))));
      return jobs.length - 1;
    });
    const diskUse = taking.flatMap(({ name, document }) =>
      document.iotest.steps[stepIndex]!.diskUse.map((use) => ({ ...use, name: onHost(name, use.name) })),
    );
    const { p99: _, ...rest } = like;
    const durationMs = Math.max(0, ...summaries.map((summary) => (summary?.runtimeNs ?? 0) / 1e6));
    return { step: { ...rest, jobIndexes, diskUse }, durationMs };
  });
  return { steps, jobs };
}

function partOf({ name, steps, document }: Measured, stepIndex: number, place: number): JobPart[] {
  const index = document.iotest.steps[stepIndex]!.jobIndexes[place];
  if (index === undefined) return [];
  const lateMs = (steps[stepIndex]?.lateNs ?? 0) / 1e6;
  return [{ hostName: name, fio: document.jobs[index]!, iotest: document.iotest.jobs[index]!, lateMs }];
}

function mergedRepetitions(ours: readonly IotestPart[], steps: readonly MergedStep[]): IotestPart['repetitions'] {
  return [...new Set(steps.map(({ step }) => step.repetition))].map((repetition, index) => {
    const own = ours.flatMap(({ repetitions }) => repetitions[index] ?? []);
    return {
      startedAt: earliest(own),
      elapsedMs: Math.max(...own.map(({ elapsedMs }) => elapsedMs)),
      jobIndexes: steps.flatMap(({ step }) => (step.repetition === repetition ? step.jobIndexes : [])),
    };
  });
}

function mergedPreconditioning(hosts: readonly Measured[]): NonNullable<IotestPart['preconditioning']> {
  return hosts.flatMap(({ name, document }) =>
    (document.iotest.preconditioning ?? []).map((part) => ({
      ...part,
      regions: part.regions.map((region) => ({ ...region, path: onHost(name, region.path) })),
    })),
  );
}

/** What all hosts warn of is said once, what some do with their names. */
function mergedWarnings(hosts: readonly Measured[]): Warning[] {
  const found = new Map<string, { readonly warning: Warning; readonly names: string[] }>();
  for (const { name, document } of hosts) {
    for (const warning of document.iotest.warnings) {
      const key = JSON.stringify(warning);
      const known = found.get(key);
      if (known === undefined) found.set(key, { warning, names: [name] });
      else if (!known.names.includes(name)) known.names.push(name);
    }
  }
  return [...found.values()].map(({ warning, names }) =>
    names.length === hosts.length
      ? warning
      : {
          ...warning,
          message: onHost(names.length > 4 ? `${names.length} hosts` : names.join(', '), warning.message, ' '),
        },
  );
}

/**
 * A field that is the same on all hosts keeps its value, any other has a list of those that there are; of the moment and
 * of a number it is the mean that says nothing, so these have lists too.
 */
function mergedFingerprint(hosts: readonly ResultHost[], measured: readonly Measured[]): IotestPart['fingerprint'] {
  const prints = measured.flatMap(({ document }) => document.iotest.fingerprint ?? []);
  if (prints.length < measured.length) return null;
  const maps = prints.map(({ fields }) => new Map(fields.map((field) => [field.name, field])));
  const names = [...new Set(prints.flatMap(({ fields }) => fields.map(({ name }) => name)))];
  const fields = names.map((name): FingerprintField => {
    const own = maps.map((map) => map.get(name));
    const first = own.find((field) => field !== undefined)!;
    const texts = new Set(own.map((field) => JSON.stringify(field?.value ?? null)));
    if (texts.size === 1) return first;
    const classes = own.map((field) => field?.class);
    const strictest = (['blocking', 'warning', 'informative'] as const).find((each) => classes.includes(each))!;
    const values = [...texts].map((text) => (/^"/.test(text) ? (JSON.parse(text) as string) : text)).sort();
    const { reason: _, ...rest } = first;
    return { ...rest, class: strictest, value: values };
  });
  const lost = hosts.filter(({ lost: reason }) => reason !== null).map(({ name }) => name);
  return makeFingerprint([
    ...fields,
    { name: 'hosts.count', value: hosts.length, class: 'blocking' },
    { name: 'hosts.lost', value: lost.length === 0 ? null : lost, reason: 'none was lost', class: 'blocking' },
  ]);
}

/** What was noisy on any host took part in the total. Each figure is the largest of the hosts. */
function mergedNoise(hosts: readonly Measured[]): Noise | null {
  const all = hosts.flatMap(({ name, document: { iotest } }) =>
    iotest.noise === null ? [] : [{ name, noise: iotest.noise }],
  );
  if (all.length === 0) return null;
  const sample = (of: (noise: Noise) => Noise['before']): Noise['before'] => {
    const samples = all.map(({ noise }) => of(noise));
    const most = (value: (each: Noise['before']) => number | null) => largest(samples.map(value));
    return {
      durationMs: most(({ durationMs }) => durationMs)!,
      loadAverage: most(({ loadAverage }) => loadAverage),
      cpuBusyPercent: most(({ cpuBusyPercent }) => cpuBusyPercent),
      stealPercent: most(({ stealPercent }) => stealPercent),
      ioPressurePercent: most(({ ioPressurePercent }) => ioPressurePercent),
      cpuPressurePercent: most(({ cpuPressurePercent }) => cpuPressurePercent),
      disks: all.flatMap(({ name, noise }) =>
        of(noise).disks.map((disk) => ({ ...disk, name: onHost(name, disk.name) })),
      ),
    };
  };
  return {
    isNoisy: all.some(({ noise }) => noise.isNoisy),
    reasons: all.flatMap(({ name, noise }) => noise.reasons.map((reason) => onHost(name, reason, ' '))),
    before: sample(({ before }) => before),
    after: sample(({ after }) => after),
    stealPercent: largest(all.map(({ noise }) => noise.stealPercent)),
  };
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
