/** The scripts of `iotest completion`, sourced in the real shells: what they offer behind some words. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { iotest, scratchFolder } from './command.js';

const missing = (shell: string) =>
  spawnSync(shell, ['-c', 'true']).error === undefined ? null : `${shell} is not installed`;

/** Before the function is called: what each shell does around its completions. */
const shells = {
  bash: { flags: ['--norc', '--noprofile'], before: '', inside: '' },
  zsh: {
    flags: ['-f'],
    before: 'autoload -Uz compinit && compinit -u -D',
    inside: 'emulate -L sh; setopt kshglob noshglob braceexpand',
  },
} as const;

async function offered(shell: 'bash' | 'zsh', lines: readonly (readonly string[])[]): Promise<string[][]> {
  const { stdout: script, status } = await iotest(['completion', shell]);
  expect(status).toBe(0);
  const folder = scratchFolder({ 'job.ini': '[global]\nbs=4k\n[first]\nrw=read\n[second]\nrw=write\n' });
  mkdirSync(join(folder, 'results'));
  writeFileSync(join(folder, 'results/20260101-000000-job-abcdef.json'), '{}');
  writeFileSync(join(folder, 'results/20260101-000000-job-abcdef.label'), 'quick-baseline\n');
  const file = join(folder, 'completion');
  writeFileSync(file, script);
  const { flags, before, inside } = shells[shell];
  const ask = lines.map((words) => `ask ${words.map((word) => `'${word}'`).join(' ')}`).join('\n');
  const program = `${before}
. ${file}
ask() { ${inside}
  COMP_WORDS=("$@"); COMP_CWORD=$(($#-1))
  _iotest iotest "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
  echo "\${COMPREPLY[*]}"
}
${ask}
`;
  const { stdout, stderr } = spawnSync(shell, [...flags, '-c', program], { encoding: 'utf8', cwd: folder });
  expect(stderr).toBe('');
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

const cases: readonly (readonly [words: readonly string[], among: string, notAmong: string])[] = [
  [['iotest', 'ch'], 'check', 'iodepth='],
  [['iotest', 'run', '--se'], '--set', '--fingerprint'],
  [['iotest', 'run', '--set', 'iod'], 'iodepth=', 'check'],
  [['iotest', 'check', 'a.ini', '--set', 'block'], 'blocksize=', 'check'],
  [['iotest', 'run', '--engine', 'io'], 'io_uring', '--set'],
  [['iotest', 'run', '--format', 'js'], 'json', 'io_uring'],
  [['iotest', 'run', '--format', '=', 'js'], 'json', 'io_uring'],
  [['iotest', 'jobs', 'qui'], 'quickstart', 'json'],
  [['iotest', 'options', 'iod'], 'iodepth', 'quickstart'],
  [['iotest', 'results', 'sh'], 'show', 'run'],
  [['iotest', 'results', 'show', '--fi'], '--fingerprint', '--engine'],
  [['iotest', 'completion', 'z'], 'zsh', 'show'],
  [['iotest', 'run', '--engine', 'io_uring+sq'], 'io_uring+sqpoll', '--set'],
  [['iotest', 'sweep', 'job.ini', '--vary', 'iod'], 'iodepth=', 'check'],
  [['iotest', 'run', '--set', 'rw', '=', 'randr'], 'randread', 'iodepth='],
  [['iotest', 'run', 'job.ini', '--section', 'se'], 'second', 'global'],
  [['iotest', 'compare', '2026'], '20260101-000000-job-abcdef', '20260101-000000-job-abcdef.json'],
  [['iotest', 'results', 'show', 'la'], 'latest', 'show'],
  [['iotest', 'results', 'show', 'quick'], 'quick-baseline', 'latest~2'],
];

describe.each(['bash', 'zsh'] as const)('completion in %s', (shell) => {
  const reason = missing(shell);

  it.skipIf(reason !== null)(`offers what fits${reason === null ? '' : ` (skipped: ${reason})`}`, async () => {
    const answers = await offered(
      shell,
      cases.map(([words]) => words),
    );
    expect(answers).toHaveLength(cases.length);
    for (const [index, [words, among, notAmong]] of cases.entries()) {
      expect(`${words.join(' ')}: ${answers[index]!.join(' ')}`.split(' ')).toContain(among);
      expect(answers[index]).not.toContain(notAmong);
      // bash takes them as they are; zsh picks those that begin with the word by itself.
      if (shell === 'bash') for (const answer of answers[index]!) expect(answer.startsWith(words.at(-1)!)).toBe(true);
    }
  });
});

describe('completion', () => {
  it('declares for fish each command and flag, with values and results', async () => {
    const { stdout, status } = await iotest(['completion', 'fish']);
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines).toContainEqual(
      expect.stringMatching(/^complete -c iotest -n __fish_use_subcommand -f -a run -d 'Run the jobs/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^complete -c iotest -n '__fish_seen_subcommand_from run' -l engine -x -a '.*io_uring\+sqpoll/,
      ),
    );
    expect(lines).toContainEqual("complete -c iotest -n '__fish_seen_subcommand_from compare' -a '(__iotest_results)'");
    const declared = lines.filter((line) => line.startsWith('complete '));
    // Quotes in pairs: what a summary says does not end the word.
    for (const line of declared)
      expect(line.replaceAll("\\'", '').match(/'/g)?.length ?? 0).toSatisfy((count: number) => count % 2 === 0);
  });

  it('knows its shells', async () => {
    const { stderr, status } = await iotest(['completion', 'tcsh']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/it takes bash, fish or zsh/) });
  });
});
