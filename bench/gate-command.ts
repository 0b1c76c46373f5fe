/** Running `iotest gate` again and again, for the benches that count its verdicts. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** From dist/.bench/bench. */
const executable = fileURLToPath(new URL('../../../bin/run.js', import.meta.url));

export interface GateDocument {
  readonly verdict: string;
  readonly exitCode: number;
  readonly reasons: readonly string[];
  readonly metrics: readonly { readonly currentCount: number }[];
  /** `done` when something looked worse at first. */
  readonly confirmed: string;
}

/** Runs the command; throws with what it said when it ended otherwise than by a verdict. */
export function iotest(argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [executable, ...argv], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0 && status !== 3 && status !== 4)
    throw new Error(`iotest ${argv.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}

export function gate(argv: readonly string[]): GateDocument {
  return (JSON.parse(iotest(['gate', ...argv, '--format', 'json', '--quiet'])) as { gate: GateDocument }).gate;
}

/** `--name value` words as numbers and texts, with defaults. */
export function optionsFrom<T extends Record<string, string | number>>(argv: readonly string[], defaults: T): T {
  const options: Record<string, string | number> = { ...defaults };
  for (let index = 0; index < argv.length; index += 2) {
    const name = argv[index]!.replace(/^--/, '');
    const value = argv[index + 1];
    if (!(name in defaults) || value === undefined) {
      throw new Error(`unknown option ${argv[index]}; there are --${Object.keys(defaults).join(' VALUE --')} VALUE`);
    }
    options[name] = typeof defaults[name] === 'number' ? Number(value) : value;
  }
  return options as T;
}

export function report(number: number, { verdict, confirmed, reasons }: GateDocument): void {
  const why =
    reasons.length === 0 ? '' : `: ${reasons[0]}${reasons.length > 1 ? ` (and ${reasons.length - 1} more)` : ''}`;
  console.log(`${String(number).padStart(3)}  ${verdict}${confirmed === 'done' ? ' after a second run' : ''}${why}`);
}
