/** Characterizations among results: the documents that belong together, section by section, rounds joined into one. */

import {
  type CharacterizeSection,
  type CharacterizeSettings,
  characterizeSections,
} from '../results/characterize-part.js';
import type { IotestDocument, ResultDocument } from '../results/document.js';
import { sniaWindowRounds } from '../stats/snia.js';
import type { Subject } from './runs.js';

export interface SectionResult {
  readonly section: CharacterizeSection;
  readonly title: string;
  /** Of rounds the last five, as repetitions of one run. */
  readonly document: IotestDocument;
  /** How many rounds are in `document`; 1 without rounds. */
  readonly roundCount: number;
  /** All of them, oldest first. */
  readonly rounds: readonly IotestDocument[];
}

export interface Characterization {
  readonly id: string;
  /** What tells it from the others of a page. */
  readonly label: string;
  readonly settings: CharacterizeSettings;
  readonly leftOut: readonly string[];
  readonly sections: readonly SectionResult[];
}

/** Splits results into those of characterizations and the rest. */
export function splitSubjects(subjects: readonly Subject[]): {
  readonly characterizations: readonly Characterization[];
  readonly others: readonly Subject[];
} {
  const byId = new Map<string, IotestDocument[]>();
  const others: Subject[] = [];
  for (const subject of subjects) {
    const part = subject.document.iotest?.characterize;
    if (part === undefined) others.push(subject);
    else byId.set(part.id, [...(byId.get(part.id) ?? []), subject.document as IotestDocument]);
  }
  const found = [...byId].map(([id, documents]) => ({ id, documents }));
  const labels = labelsOf(found);
  const characterizations = found.map(({ id, documents }, index) => {
    const { settings, leftOut } = documents[0]!.iotest.characterize!;
    return { id, label: labels[index]!, settings, leftOut, sections: joinRounds(documents) };
  });
  return { characterizations, others };
}

/** By target, where that tells them apart; else by machine and target; else by when they were made. */
function labelsOf(all: readonly { readonly id: string; readonly documents: readonly IotestDocument[] }[]): string[] {
  const target = ({ documents }: (typeof all)[number]) => documents[0]!.iotest.characterize!.settings.target;
  const host = ({ documents }: (typeof all)[number]) => {
    const { machine } = documents[0]!.iotest;
    return String(machine.hostname ?? machine.kernel ?? '');
  };
  const ways: ((one: (typeof all)[number]) => string)[] = [
    target,
    (one) => `${target(one)} (${host(one)})`,
    (one) => `${target(one)} (${one.id})`,
  ];
  const names = ways.map((way) => all.map(way)).find((texts) => new Set(texts).size === texts.length);
  return names ?? all.map(({ id }) => id);
}

/** The sections of one characterization; of what was run again after an interruption, what is whole. */
export function joinRounds(documents: readonly IotestDocument[]): SectionResult[] {
  const sorted = [...documents].sort((a, b) => a.iotest.startedAt.localeCompare(b.iotest.startedAt));
  return characterizeSections.flatMap((section) => {
    const own = sorted.filter(({ iotest }) => iotest.characterize?.section === section);
    const whole = own.filter(({ iotest }) => !iotest.interrupted);
    const known = whole.length > 0 ? whole : own.slice(-1);
    if (known.length === 0) return [];
    const { title, round } = known[0]!.iotest.characterize!;
    const rounds = round === null ? known.slice(-1) : known;
    const window = rounds.slice(-sniaWindowRounds);
    return [{ section, title, document: joined(window), roundCount: window.length, rounds }];
  });
}

/** Sections that were to be measured, and were not, or not to their end: what is there is not the whole. */
export function unfinishedTexts(sections: readonly SectionResult[]): string[] {
  const planned = sections[0]?.document.iotest.characterize?.planned ?? [];
  const missing = planned.filter((title) => !sections.some((each) => each.title === title));
  const broken = sections.filter(({ document }) => document.iotest.interrupted).map(({ title }) => title);
  return [
    ...(missing.length === 0
      ? []
      : [`not complete: ${missing.join(', ')} ${missing.length === 1 ? 'was' : 'were'} not measured`]),
    ...broken.map((title) => `not complete: ${title} was interrupted, and shows what was measured until then`),
  ];
}

/** Documents of the same jobs as repetitions of one. */
function joined(documents: readonly IotestDocument[]): IotestDocument {
  const [first] = documents;
  if (documents.length === 1) return first!;
  let before = 0;
  const parts = documents.map(({ iotest, jobs }, repetition) => {
    const shift = before;
    before += jobs.length;
    const moved = (indexes: readonly number[]) => indexes.map((index) => index + shift);
    return {
      jobs: iotest.jobs.map((job) => ({ ...job, repetition })),
      steps: iotest.steps.map((step) => ({ ...step, repetition, jobIndexes: moved(step.jobIndexes) })),
      repetitions: iotest.repetitions.map((each) => ({ ...each, jobIndexes: moved(each.jobIndexes) })),
    };
  });
  return {
    ...first!,
    jobs: documents.flatMap(({ jobs }) => jobs),
    iotest: {
      ...first!.iotest,
      jobs: parts.flatMap(({ jobs }) => jobs),
      steps: parts.flatMap(({ steps }) => steps),
      repetitions: parts.flatMap(({ repetitions }) => repetitions),
      warnings: documents.flatMap(({ iotest }) => iotest.warnings),
    },
  };
}

/** Reads and writes of a job by its name, over all its runs; null when it is not there. */
export function iopsOf({ jobs }: ResultDocument, jobName: string): number | null {
  const own = jobs.filter(({ jobname }) => jobname === jobName);
  return own.length === 0 ? null : own.reduce((sum, { read, write }) => sum + read.iops + write.iops, 0);
}
