/** System calls that glibc does not wrap. Their numbers differ between x86-64 (syscall_64.tbl) and arm64 (asm-generic). */
import { UserError } from '../support/errors.js';
import { type CType, type ForeignFunction, libc } from './libc.js';

const numbers = {
  io_setup: { x64: 206, arm64: 0 },
  io_destroy: { x64: 207, arm64: 1 },
  io_getevents: { x64: 208, arm64: 4 },
  io_submit: { x64: 209, arm64: 2 },
  io_cancel: { x64: 210, arm64: 3 },
  setuid: { x64: 105, arm64: 146 },
  setgid: { x64: 106, arm64: 144 },
  ioprio_set: { x64: 251, arm64: 30 },
  ioprio_get: { x64: 252, arm64: 31 },
  perf_event_open: { x64: 298, arm64: 241 },
  cachestat: { x64: 451, arm64: 451 },
} as const;

type SystemCallName = keyof typeof numbers;

/**
 * The call as a function: −1 with errno on failure, as libc's wrappers (syscall(2)). The result is read as an int.
 * Throws `UserError` on other architectures.
 */
export function systemCall(name: SystemCallName, parameters: readonly CType[]): ForeignFunction {
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') {
    throw UserError.of(`system calls of ${arch} are not known`, 'run on x86-64 or arm64', 1);
  }
  const number = numbers[name][arch];
  const call = libc.func('syscall', 'int', ['long', ...parameters]);
  switch (parameters.length) {
    case 1:
      return (a) => call(number, a);
    case 2:
      return (a, b) => call(number, a, b);
    case 3:
      return (a, b, c) => call(number, a, b, c);
    case 4:
      return (a, b, c, d) => call(number, a, b, c, d);
    case 5:
      return (a, b, c, d, e) => call(number, a, b, c, d, e);
    default:
      throw UserError.of(`${name} does not take ${parameters.length} parameters`, null, 1);
  }
}
