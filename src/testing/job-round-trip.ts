/** What must hold of every text that is given to the parser of job files: it answers, and what it accepts survives printing. */
import { expect } from 'vitest';
import { type JobFileSettings, parseJobFile } from '../job/expand.js';
import type { Job, JobSet } from '../job/job.js';
import { printJobFile } from '../job/print.js';
import { UserError } from '../support/errors.js';

const settings: JobFileSettings = {
  overrides: [],
  sections: [],
  environment: {},
  cpuCount: 8,
  pageBytes: 4096,
  memoryBytes: 2 ** 34,
};

const parseText = (text: string): JobSet => parseJobFile(text, 'job.ini', settings).jobSet;

/** null when the text was refused, by problems that have a message and a place in it. */
export function parseOrNull(text: string): JobSet | null {
  try {
    return parseText(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { place, message } of error.problems) {
      expect(message).not.toBe('');
      if (place === null || place.line === 0 || (place.column === 0 && place.text === '')) continue;
      // The caret stands under a character of the line, or just behind its end.
      expect(place.column).toBeGreaterThanOrEqual(1);
      expect(place.column).toBeLessThanOrEqual(place.text.length + 1);
    }
    return null;
  }
}

/** What a job is, without where and how it was written. */
export function essence(jobSet: JobSet): unknown[] {
  return jobSet.jobs.map(({ source, typedOptions: _, ...job }: Job) => ({ ...job, section: source.section }));
}

export function expectRoundTrip(jobSet: JobSet): void {
  const printed = printJobFile(jobSet);
  const again = parseText(printed);
  expect(essence(again)).toEqual(essence(jobSet));
  expect(printJobFile(again)).toBe(printed);
}
