/** From the command line to an exit status: finds the command, runs it, and shows whatever went wrong. */
import { userInfo } from 'node:os';
import { Config, flush, run } from '@oclif/core';
import { fail } from './fail.js';
import { withSignal } from './signals.js';
import { endQuietlyWhenNobodyReads, holdBackForeignControls } from './streams.js';
import { tellWhatIsUncaught } from './uncaught.js';
import { refuseUnknownCommand } from './unknown-command.js';

/** `root` is the package's folder. Sets `process.exitCode`; throws nothing. */
export async function start(commandLine: readonly string[], root: string): Promise<void> {
  endQuietlyWhenNobodyReads();
  holdBackForeignControls();
  const argv = helpAsFlag(commandLine);
  completeUser(process.env);
  tellWhatIsUncaught((error) => fail(error, argv));
  try {
    const config = await Config.load({ root, enablePerf: false, userPlugins: false, devPlugins: false });
    refuseUnknownCommand(argv, config.commandIDs);
    await run(argv, config);
    await flush();
  } catch (error) {
    process.exitCode = fail(error, argv);
  }
  process.exitCode = withSignal(Number(process.exitCode ?? 0));
}

/** `iotest help run` is what many try first. */
function helpAsFlag(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

/**
 * oclif looks for the home and the shell that are not set in passwd(5), where a container's user may have no entry, and
 * which it cannot open once the descriptors are used up: so they are looked for here, once, while there are some.
 */
function completeUser(environment: NodeJS.ProcessEnv): void {
  if (environment.HOME !== undefined && environment.SHELL !== undefined) return;
  let user: { readonly homedir: string; readonly shell: string | null } | undefined;
  try {
    user = userInfo();
  } catch {
    user = undefined;
  }
  environment.HOME ??= user?.homedir || '/';
  environment.SHELL ??= user?.shell || '/bin/sh';
}
