/** docs/ci.md, walked word for word: from an empty repository of somebody else to a gate with a baseline. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root, scratchFolder } from '../cli/command.js';

const section = /## From nothing[\s\S]*?(?=\n### Which commit)/.exec(
  readFileSync(join(root, 'docs/ci.md'), 'utf8'),
)![0];

/** Code blocks in their order; one behind "`name`:" is that file. */
const blocks = [...section.matchAll(/(?:`([\w./]+)`:\n\n)?```(\w+)\n([\s\S]*?)```/g)].map(
  ([, file, language, text]) => ({
    file: file ?? null,
    language: language!,
    text: text!,
  }),
);

/** koffi has to come from a registry or npm's cache. */
function canInstall(): boolean {
  const koffi = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: { koffi: string } })
    .dependencies.koffi;
  const folder = scratchFolder({ 'package.json': '{}' });
  const argv = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', `koffi@${koffi}`];
  return spawnSync('npm', argv, { cwd: folder, stdio: 'ignore', timeout: 120_000 }).status === 0;
}

describe('the recipe of docs/ci.md (koffi from a registry or the cache of npm)', () => {
  const packing = 'npm ci\nnpm pack\n';

  it('has the blocks that are walked here', () => {
    expect(blocks.map(({ file, language }) => file ?? language)).toEqual([
      'sh',
      'sh',
      'ci/storage.ini',
      'sh',
      'ci/gate.sh',
      'sh',
      'sh',
    ]);
    expect(blocks[0]!.text).toBe(packing);
  });

  it.skipIf(!canInstall())(
    'leads from an empty repository to verdicts',
    () => {
      const work = scratchFolder();
      const [project, source] = ['project', 'iotest'].map((name) => join(work, name)) as [string, string];
      for (const folder of [project, source, join(work, 'srv')]) mkdirSync(folder);
      // As `npm pack` there, without building anew what other tests run.
      execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', source], { cwd: root });
      execFileSync('git', ['init', '-q'], { cwd: project });
      const environment = {
        ...process.env,
        BASELINE: join(work, 'srv/baseline'),
        npm_config_prefer_offline: 'true',
        npm_config_audit: 'false',
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@example.org',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@example.org',
      };
      const run = (text: string) => {
        const short = text.replace('--budget 5m', '--budget 15s');
        const { status, stdout, stderr } = spawnSync('sh', ['-e'], {
          cwd: project,
          env: environment,
          encoding: 'utf8',
          input: short,
        });
        return { status, output: `${stdout}${stderr}` };
      };
      for (const { file, language, text } of blocks.slice(1)) {
        if (file !== null) {
          // The same job in a place of this test, in less time and without direct I/O, which not every scratch folder has.
          const local = text
            .replaceAll('/srv/bench', join(work, 'srv'))
            .replace('size=1g', 'size=16m')
            .replace('runtime=5', 'runtime=300ms')
            .replace('ramp_time=1\n', '')
            .replace('direct=1\n', '');
          writeFileSync(join(project, file), local);
          continue;
        }
        const { status, output } = run(text);
        const isGate = text.includes('ci/gate.sh');
        expect([language, text, status, output]).toEqual(['sh', text, isGate ? 4 : 0, output]);
        if (isGate) expect(output.replace(/\s+/g, ' ')).toContain('1 of the 6 that a reference needs');
      }
      expect(readdirSync(join(work, 'srv/baseline')).filter((name) => /^\d.*\.json$/.test(name))).toHaveLength(1);
      expect(existsSync(join(project, 'gate.md'))).toBe(true);
      expect(execFileSync('git', ['log', '--format=%s'], { cwd: project, encoding: 'utf8' })).toBe(
        'Judge storage by its baseline\n',
      );
    },
    600_000,
  );
});
