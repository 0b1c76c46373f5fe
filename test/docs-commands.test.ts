/**
 * The commands that README and docs/ show: each is taken as it stands, flags and all; those that run jobs are planned, in a
 * folder that has the files that they name, where they name no device and no machine.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Config, Parser } from '@oclif/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, root, scratchFolder, start } from './cli/command.js';

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

interface Shown {
  readonly place: string;
  readonly words: readonly string[];
}

/** Lines of code blocks, fenced or indented, that begin with the command; what a shell does with it is left out. */
function commandsOf(page: string): Shown[] {
  let isFenced = false;
  return readFileSync(join(root, page), 'utf8')
    .split('\n')
    .flatMap((line, index): Shown[] => {
      if (line.startsWith('```')) isFenced = !isFenced;
      const match = /^(\s*)(?:\$ |(?:sudo )?npx )?(?:iotest|\.\/bin\/run\.js) ([a-z].*)$/.exec(line);
      if (match === null || !(isFenced || match[1]!.length === 4)) return [];
      const command = match[2]!.split(/\s+(?:#|>|;|\|{1,2}|&&)/)[0]!;
      const words = command.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
      return [{ place: `${page}:${index + 1}: iotest ${command}`, words }];
    });
}

/** What a run prints begins with the name too: `iotest gate: REGRESSION`. */
const isCommand = ({ words }: Shown) => !words[0]!.endsWith(':');
const shown = pages.flatMap(commandsOf).filter(isCommand);

let config: Config;
beforeAll(async () => {
  config = await Config.load({ root });
});

async function classOf(words: readonly string[]) {
  const id = [words.slice(0, 2).join(':'), words[0]!].find((each) => config.findCommand(each) !== undefined);
  if (id === undefined) return null;
  const { flags = {}, args = {}, strict = true, baseFlags = {} } = await config.findCommand(id)!.load();
  return { id, flags: { ...baseFlags, ...flags }, args, strict };
}

async function parsed(words: readonly string[]) {
  const command = (await classOf(words))!;
  const { flags, args, strict } = command;
  const rest = words.slice(command.id.split(':').length);
  return Parser.parse([...rest], { flags, args, strict, '--': true });
}

it('are found on most pages', () => {
  expect(shown.length).toBeGreaterThan(70);
  expect(new Set(shown.map(({ place }) => place.split(':')[0])).size).toBeGreaterThan(15);
});

describe('each is one that iotest has, with its flags', () => {
  it.each(shown.filter(({ words }) => words[0] !== 'fio').map(({ place, words }) => [place, words] as const))(
    '%s',
    async (_, words) => {
      expect(await classOf(words), words[0]).not.toBeNull();
      await parsed(words);
    },
  );
});

describe('each that runs a job is planned', () => {
  const small = '[job]\nioengine=psync\nfilename=data\nrw=read\nsize=64k\n';
  const isPlannable = ({ words }: Shown) =>
    ['run', 'check'].includes(words[0]!) && !words.some((word) => /^\/|^[A-Z]+$|\$|^--hosts$/.test(word));

  it.each(shown.filter(isPlannable).map(({ place, words }) => [place, words] as const))('%s', async (_, words) => {
    const cwd = scratchFolder({ data: 'x'.repeat(64 << 10) });
    const { raw } = await parsed(words);
    const { flags } = (await classOf(['check']))!;
    const kept = raw.flatMap((token) => {
      if (token.type === 'arg') return [token.input];
      return token.flag in flags ? [`--${token.flag}`, ...(token.input === '' ? [] : [token.input])] : [];
    });
    for (const token of raw) {
      const file = token.input;
      if (file === '' || /[=\s]/.test(file) || !/[./]/.test(file)) continue;
      mkdirSync(dirname(join(cwd, file)), { recursive: true });
      if (existsSync(join(root, file))) copyFileSync(join(root, file), join(cwd, file));
      else writeFileSync(join(cwd, file), file.endsWith('.ini') ? small : 'x');
    }
    // In a process of its own: each has files of the same names.
    const { status, stderr } = await ended(start(['check', ...kept], { cwd }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
