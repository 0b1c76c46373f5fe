import { describe, expect, it } from 'vitest';
import { UserError } from '../support/errors.js';
import { sampleJob } from '../testing/sample-result.js';
import { Findings } from './findings.js';

const source = { file: 'job.ini', line: 3, section: 'a' };
const clone = (cloneIndex: number, cloneCount = 3) => sampleJob({ name: 'a', source, cloneIndex, cloneCount });

function problemsOf(findings: Findings) {
  try {
    findings.throwIfAny();
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
  throw new Error('there is no problem');
}

describe('findings', () => {
  it('tell what all clones have in common once, with the number of them', () => {
    const findings = new Findings();
    for (let index = 0; index < 3; index++) {
      findings.usage(clone(index), `a.${index}.0: there is no such directory`, 'make it');
      findings.warn(clone(index), 'x', `a.${index}.0: is small`, null);
    }
    // A second repetition says it all again.
    for (let index = 0; index < 3; index++) {
      findings.usage(clone(index), `a.${index}.0: there is no such directory`, 'make it');
      findings.warn(clone(index), 'x', `a.${index}.0: is small`, null);
    }
    findings.machine(clone(2), 'a.2.0: is locked', null);
    expect(problemsOf(findings).map(({ message }) => message)).toEqual([
      'a.0.0: there is no such directory (and likewise in all 3 clones)',
      'a.2.0: is locked',
    ]);
    expect(findings.warnings.map(({ message }) => message)).toEqual(['a.0.0: is small (and likewise in all 3 clones)']);
  });

  it('of several files of a clone are each told, for the first clone', () => {
    const findings = new Findings();
    for (let index = 0; index < 2; index++) {
      for (let file = 0; file < 2; file++) findings.usage(clone(index), `a.${index}.${file}: is missing`, null);
    }
    expect(problemsOf(findings).map(({ message }) => message)).toEqual([
      'a.0.0: is missing (and likewise in 2 of 3 clones)',
      'a.0.1: is missing (and likewise in 2 of 3 clones)',
    ]);
  });

  it('of different jobs stay apart, however alike', () => {
    const findings = new Findings();
    findings.usage(clone(0), 'needs 512 bytes', null);
    findings.usage(sampleJob({ source: { ...source, line: 9, section: 'b' } }), 'needs 4096 bytes', null);
    expect(problemsOf(findings)).toHaveLength(2);
  });

  it("stand at the section of a job file, or at the --name of fio's command line", () => {
    const findings = new Findings();
    findings.usage(clone(0), 'first', null);
    findings.usage(sampleJob({ source: { file: '--name', line: 0, section: 'b' } }), 'second', null);
    expect(problemsOf(findings).map(({ place }) => place)).toEqual([
      { file: 'job.ini', line: 3, column: 1, text: '[a]' },
      { file: '--name=b', line: 0, column: 0, text: '' },
    ]);
  });
});
