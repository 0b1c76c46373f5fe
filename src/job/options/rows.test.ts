/** An option is described once: whatever else needs to know of it takes it from its row. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createDraft, plainJob } from '../draft.js';
import { optionTable } from './index.js';
import { treeOf } from './row.js';
import { draftFields, jobFields } from './rows.js';

const textOf = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const places = jobFields.flatMap(({ path, fields }) =>
  Object.entries(fields).map(([key, field]) => ({ place: path === '' ? key : `${path}.${key}`, key, field })),
);

describe('the rows', () => {
  it('hold each field once', () => {
    const all = places.map(({ place }) => place);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter((place, index) => all.indexOf(place) !== index)).toEqual([]);
  });

  it('are what every option of the table writes to, and nothing else', () => {
    const ownOf = (draft: object) => JSON.stringify(Object.keys(draft).sort());
    for (const { name, read, example, defaultText } of optionTable) {
      if (read === null) continue;
      const parsed = read(example ?? defaultText ?? '1', { kiloBase: 1024, cpuCount: 4 });
      const draft = createDraft();
      if (parsed.ok) parsed.value(draft);
      expect(`${name}: ${ownOf(draft)}`).toBe(`${name}: ${ownOf(createDraft())}`);
    }
  });

  it.each(['../draft.ts', '../job.ts', '../../results/job-part.ts'])('are not repeated in %s', (path) => {
    const text = textOf(path);
    const repeated = places.filter(({ key }) => new RegExp(`^\\s*(readonly )?${key}\\??: `, 'm').test(text));
    const groups = Object.keys(plainJob());
    expect(repeated.filter(({ key }) => !groups.includes(key)).map(({ place }) => place)).toEqual([]);
  });

  it('say of each field how a result has it, with a default that fits', () => {
    for (const { place, field } of places) {
      const read = field.schema(z).safeParse(field.settled);
      expect(read.success, place).toBe(true);
    }
  });

  it('make drafts and plain jobs that share nothing that is written in place', () => {
    const first = createDraft();
    for (const { path } of draftFields) {
      if (path === '') continue;
      const group = path.split('.')[0] as keyof typeof first;
      expect(first[group]).not.toBe(createDraft()[group]);
    }
    expect(plainJob()).toEqual(treeOf(jobFields, ({ settled }) => settled));
  });
});
