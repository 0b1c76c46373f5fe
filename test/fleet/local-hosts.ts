/** Hosts that are children of this process: the cheapest there are, and all of iotest's own is real. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IotestDocument, ResultHost } from '../../src/results/document.js';
import { executable, scratchFolder } from '../cli/command.js';

/** Flags that start an agent here for each name; `{host}` is its environment's HOST. */
export function onHosts(names: string, agent = executable): string[] {
  return ['--hosts', names, '--launch', 'env HOST={host}', '--agent', agent];
}

/** Flags with which a script stands where iotest would: $HOST is the name, "$@" what it was asked to do. */
export function onScripts(names: string, script: string): string[] {
  const path = join(scratchFolder(), 'agent');
  writeFileSync(path, `#!/bin/sh\nreal=${executable}\n${script}\n`);
  chmodSync(path, 0o755);
  return onHosts(names, path);
}

/** Little work for some time: 200 I/Os a second of an engine that does nothing. */
export const idleJob = (seconds: number) => `[idle]
ioengine=null
rw=randread
size=1m
rate_iops=200
time_based
runtime=${seconds}
`;

export function documentIn(stdout: string): IotestDocument {
  return JSON.parse(stdout) as IotestDocument;
}

export function hostsIn(document: IotestDocument): readonly ResultHost[] {
  return (document.iotest.hosts ?? []) as readonly ResultHost[];
}
