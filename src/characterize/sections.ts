/**
 * What a characterization measures: sections, each a job file of its own that `iotest run` could run as well. Pure, so
 * that the time that it all takes is known before anything is opened.
 */
import { sniaRoundsMax, sniaWindowRounds } from '../job/snia-rounds.js';
import type { CharacterizeSection, CharacterizeSettings } from '../results/characterize-part.js';

/** One document: a section, or one round of it. */
export interface PlannedSection {
  readonly section: CharacterizeSection;
  readonly title: string;
  /** From 1; null where a section has no rounds. */
  readonly round: number | null;
  readonly jobText: string;
  /** `--engine` values; empty = the job file's own. */
  readonly engines: readonly string[];
  readonly repeat: number;
  /** How long it takes without laying out and preconditioning; of a steady state that is looked for, at most. */
  readonly seconds: number;
}

interface Level {
  readonly passes: 'fill' | '2x';
  readonly rampSeconds: number;
  /** Look for steady states with rounds of `seconds`, where a section can; else run each job once for so long. */
  readonly untilSteady: boolean;
  readonly workers: number;
  readonly throughput: { readonly sizes: readonly string[]; readonly seconds: number };
  readonly matrix: {
    readonly mixes: readonly number[];
    readonly sizes: readonly string[];
    readonly seconds: number;
    readonly rounds: number;
  };
  readonly latency: { readonly sizes: readonly string[]; readonly mixes: readonly number[]; readonly seconds: number };
  readonly load: { readonly depths: readonly number[]; readonly mixes: readonly number[]; readonly seconds: number };
  readonly engines: { readonly depths: readonly number[]; readonly seconds: number; readonly repeat: number };
  readonly responseSeconds: number;
  readonly saturationSeconds: number;
}

const levels: Readonly<Record<CharacterizeSettings['level'], Level>> = {
  quick: {
    passes: 'fill',
    rampSeconds: 0.5,
    untilSteady: false,
    workers: 1,
    throughput: { sizes: ['128k', '1m'], seconds: 5 },
    matrix: { mixes: [100, 65, 0], sizes: ['4k', '16k', '64k', '1m'], seconds: 3, rounds: 1 },
    latency: { sizes: ['4k'], mixes: [100, 65, 0], seconds: 4 },
    load: { depths: [1, 2, 4, 8, 16, 32, 64], mixes: [100, 0], seconds: 3 },
    engines: { depths: [1, 32], seconds: 1, repeat: 6 },
    responseSeconds: 15,
    saturationSeconds: 30,
  },
  default: {
    passes: '2x',
    rampSeconds: 2,
    untilSteady: false,
    workers: 1,
    throughput: { sizes: ['128k', '1m'], seconds: 30 },
    matrix: {
      mixes: [100, 65, 50, 35, 0],
      sizes: ['4k', '8k', '16k', '64k', '1m'],
      seconds: 9,
      rounds: sniaWindowRounds,
    },
    latency: { sizes: ['4k', '8k'], mixes: [100, 65, 0], seconds: 30 },
    load: { depths: [1, 2, 4, 8, 16, 32, 64, 128, 256], mixes: [100, 65, 0], seconds: 10 },
    engines: { depths: [1, 32], seconds: 10, repeat: 6 },
    responseSeconds: 180,
    saturationSeconds: 600,
  },
  pts: {
    passes: '2x',
    rampSeconds: 0,
    untilSteady: true,
    workers: 4,
    throughput: { sizes: ['128k', '1m'], seconds: 60 },
    matrix: {
      mixes: [100, 95, 65, 50, 35, 5, 0],
      sizes: ['512', '4k', '8k', '16k', '32k', '64k', '128k', '1m'],
      seconds: 60,
      rounds: sniaRoundsMax,
    },
    latency: { sizes: ['512', '4k', '8k'], mixes: [100, 65, 0], seconds: 60 },
    load: { depths: [1, 2, 4, 8, 16, 32, 64, 128, 256], mixes: [100, 65, 0], seconds: 60 },
    engines: { depths: [1, 32], seconds: 60, repeat: 10 },
    responseSeconds: 600,
    saturationSeconds: 86_400,
  },
};

/** Starting workers, rehearsing the loop, the pause between repetitions: seconds for each step that runs. */
const stepSeconds = 1.3;
/** A guess for the time that preconditioning takes: disks write faster or slower than that. */
const fillBytesPerSecond = 500e6;

/** More threads than this measure the scheduler. */
const synchronousWorkersMax = 8;

/** What of the target decides the jobs. */
export interface SectionFacts {
  /** O_DIRECT is possible. */
  readonly direct: boolean;
  /** Smaller blocks are left out: O_DIRECT needs multiples of it. */
  readonly alignBytes: number;
  /** The engine does one request at a time: what is in flight are workers. */
  readonly synchronous: boolean;
}

/** All documents of a characterization in their order; of rounds as many as there may be. */
export function plannedSections(settings: CharacterizeSettings, facts: SectionFacts): PlannedSection[] {
  const level = levels[settings.level];
  const jobs = new JobTexts(settings, level, facts);
  const sizes = (all: readonly string[]) => all.filter((size) => bytesOf(size) >= facts.alignBytes);
  const mixes = (all: readonly number[]) => (settings.writes ? all : [100]);
  const { throughput, matrix, latency, load, engines } = level;
  const directions = settings.writes ? (['write', 'read'] as const) : (['read'] as const);
  const rounds = Array.from({ length: matrix.rounds }, (_, index) => index + 1);
  return [
    jobs.section('throughput', 'Sequential throughput', {
      global: settings.writes ? [`precondition=${level.passes}`] : [],
      seconds: throughput.seconds,
      steady: 'bw',
      jobs: directions.flatMap((rw) =>
        throughput.sizes.map((bs) => ({ name: `${rw}-${bs}`, lines: [`rw=${rw}`, `bs=${bs}`, 'iodepth=32'] })),
      ),
    }),
    ...rounds.map((round) =>
      jobs.section(
        'matrix',
        'IOPS by mix and block size',
        {
          seconds: matrix.seconds,
          jobs: mixes(matrix.mixes).flatMap((mix) =>
            // From large blocks to small, as the SNIA's test has it.
            sizes(matrix.sizes)
              .toReversed()
              .map((bs) => ({ name: `${mixName(mix)}-${bs}`, lines: [...mixLines(mix), `bs=${bs}`, 'iodepth=32'] })),
          ),
        },
        round,
      ),
    ),
    jobs.section('latency', 'Latency of one request at a time', {
      seconds: latency.seconds,
      steady: 'lat',
      workers: 1,
      jobs: mixes(latency.mixes).flatMap((mix) =>
        sizes(latency.sizes).map((bs) => ({
          name: `${mixName(mix)}-${bs}-depth1`,
          lines: [...mixLines(mix), `bs=${bs}`, 'iodepth=1'],
        })),
      ),
    }),
    jobs.section('load', 'Latency against rate', {
      seconds: load.seconds,
      workers: 1,
      jobs: mixes(load.mixes).flatMap((mix) =>
        load.depths
          .filter((depth) => !facts.synchronous || depth <= synchronousWorkersMax)
          .map((depth) => ({
            name: `${mixName(mix)}-depth${depth}`,
            lines: [
              ...mixLines(mix),
              `bs=${smallest(facts)}`,
              ...(facts.synchronous ? [`numjobs=${depth}`, 'group_reporting=1'] : [`iodepth=${depth}`]),
            ],
          })),
      ),
    }),
    ...(settings.engines.length < 2
      ? []
      : [
          jobs.section('engines', 'Engines side by side', {
            seconds: engines.seconds,
            workers: 1,
            engines: settings.engines,
            repeat: engines.repeat,
            jobs: engines.depths.map((depth) => ({
              name: `randread-depth${depth}`,
              lines: ['rw=randread', `bs=${smallest(facts)}`, `iodepth=${depth}`],
            })),
          }),
        ]),
    jobs.section('response', 'Response times', {
      seconds: level.responseSeconds,
      jobs: mixes([65]).map((mix) => ({
        name: `response-${mixName(mix)}`,
        lines: [...mixLines(mix), `bs=${smallest(facts)}`, 'iodepth=16'],
      })),
    }),
    ...(settings.writes
      ? [
          jobs.section('saturation', 'Sustained random writes', {
            seconds: level.saturationSeconds,
            // The SNIA's test ends with the day or after four times the capacity.
            global: settings.level === 'pts' ? [`io_size=${400 / level.workers}%`] : [],
            timeBased: settings.level !== 'pts',
            jobs: [{ name: 'sustained-writes', lines: ['rw=randwrite', `bs=${smallest(facts)}`, 'iodepth=32'] }],
          }),
        ]
      : []),
  ];
}

/** How long preconditioning may take, s. @param regionBytes null = not known */
export function preconditionSeconds(settings: CharacterizeSettings, regionBytes: number | null): number {
  if (!settings.writes || regionBytes === null) return 0;
  return (regionBytes * (levels[settings.level].passes === '2x' ? 2 : 1)) / fillBytesPerSecond;
}

/** Sentences for what this characterization does not measure. */
export function leftOutTexts({ writes, engines, scale }: CharacterizeSettings): string[] {
  return [
    ...(writes
      ? []
      : [
          'Only reads: preconditioning, sequential writes, mixes with writes and sustained writes are left out, as the target may not be overwritten.',
        ]),
    ...(engines.length < 2 ? ['Engines are not compared: there is one.'] : []),
    ...(scale === 1
      ? []
      : [
          `Durations are multiplied by ${scale}: the figures are not comparable with those of other characterizations.`,
        ]),
  ];
}

interface JobInput {
  readonly name: string;
  readonly lines: readonly string[];
}

interface SectionInput {
  readonly seconds: number;
  readonly jobs: readonly JobInput[];
  readonly global?: readonly string[];
  /** What a steady state is judged by, where the level looks for one. */
  readonly steady?: 'bw' | 'lat';
  readonly workers?: number;
  readonly timeBased?: boolean;
  readonly engines?: readonly string[];
  readonly repeat?: number;
}

/** Writes the job files. */
class JobTexts {
  readonly #settings: CharacterizeSettings;
  readonly #level: Level;
  readonly #facts: SectionFacts;

  constructor(settings: CharacterizeSettings, level: Level, facts: SectionFacts) {
    this.#settings = settings;
    this.#level = level;
    this.#facts = facts;
  }

  section(
    section: CharacterizeSection,
    title: string,
    input: SectionInput,
    round: number | null = null,
  ): PlannedSection {
    const { target, scale, sizeBytes, engines: all } = this.#settings;
    const { untilSteady, rampSeconds, workers: usual } = this.#level;
    const { jobs, global = [], steady, workers = usual, timeBased = true, repeat = 1 } = input;
    // Modes cannot be written as one word in a job file.
    const { engines = all[0]!.includes('+') ? [all[0]!] : [] } = input;
    const looksForSteady = untilSteady && steady !== undefined;
    const runtimeMs = Math.max(200, Math.round(input.seconds * scale * 1000));
    const rampMs = Math.round(rampSeconds * scale * 1000);
    // Rates over less than a second say little, and are refused.
    const roundMs = Math.max(1000, runtimeMs);
    const windowMs = Math.max(500, Math.ceil(runtimeMs / 600));
    const lines = [
      `; ${title}: a section of iotest characterize. Alone: iotest run FILE --set filename=${target}`,
      '[global]',
      `ioengine=${all[0]!.split('+')[0]}`,
      `direct=${this.#facts.direct ? 1 : 0}`,
      ...(sizeBytes === null ? [] : [`size=${sizeBytes}`]),
      ...(workers === 1 ? [] : [`numjobs=${workers}`, 'group_reporting=1']),
      ...(looksForSteady
        ? [`steadystate=snia:${steady}`, `steadystate_check_interval=${roundMs}ms`]
        : [
            `runtime=${runtimeMs}ms`,
            ...(timeBased ? ['time_based=1'] : []),
            ...(rampMs === 0 ? [] : [`ramp_time=${rampMs}ms`]),
          ]),
      ...(windowMs === 500 ? [] : [`bwavgtime=${windowMs}`, `iopsavgtime=${windowMs}`]),
      ...global,
      ...jobs.flatMap(({ name, lines: own }) => ['', `[${name}]`, 'stonewall', ...own]),
    ];
    const jobSeconds = looksForSteady ? (roundMs / 1000) * sniaRoundsMax : (runtimeMs + rampMs) / 1000;
    const runs = jobs.length * Math.max(1, engines.length) * repeat;
    return {
      section,
      title,
      round,
      jobText: `${lines.join('\n')}\n`,
      engines,
      repeat,
      seconds: runs * (jobSeconds + stepSeconds + (repeat > 1 ? 1 : 0)),
    };
  }
}

function mixName(readPercent: number): string {
  return readPercent === 100 ? 'randread' : readPercent === 0 ? 'randwrite' : `mix${readPercent}`;
}

function mixLines(readPercent: number): string[] {
  if (readPercent === 100) return ['rw=randread'];
  return readPercent === 0 ? ['rw=randwrite'] : ['rw=randrw', `rwmixread=${readPercent}`];
}

function smallest({ alignBytes }: SectionFacts): string {
  return alignBytes > 4096 ? String(alignBytes) : '4k';
}

function bytesOf(size: string): number {
  const unit = { k: 1024, m: 1024 ** 2 }[size.at(-1)!] ?? 1;
  return Number.parseInt(size, 10) * unit;
}
