/**
 * The routine that performs rows of system calls, as machine code for x86-64: 102 bytes that are mapped once and called
 * with a whole batch. By C's rules (System V ABI) it is `int perform(row *first, int count, clock_gettime *clock)`, and
 * gives how many rows it left: it halts behind one whose result is not the expected one.
 *
 *   clock(CLOCK_MONOTONIC, first - 16)
 *   for each row:
 *     result = number(arguments)             the instruction `syscall`: result or -errno, no errno
 *     clock(CLOCK_MONOTONIC, row + 80)
 *     if result != expected: stop
 *
 * A row's end is the next one's begin, so each row costs one reading of the clock: libc's clock_gettime, which reads the
 * kernel's page of times (vdso(7)) and enters the kernel nowhere.
 */

/** Bytes of a row: number, six arguments, result, expected result, nothing, struct timespec of its end. */
export const rowBytes = 96;
/** Places in a row, in words of 4 bytes. */
export const RowWord = { number: 0, arguments: 2, result: 14, expected: 16, endSeconds: 20, endNs: 22 } as const;

/** What each instruction is, as GNU as reads it, beside its bytes; a test holds one against the other. */
export const performRows: readonly (readonly [instruction: string, bytes: string])[] = [
  ['push %rbx', '53'],
  ['push %r12', '41 54'],
  ['push %r13', '41 55'],
  ['mov %rdi, %rbx', '48 89 fb'],
  ['mov %esi, %r12d', '41 89 f4'],
  ['mov %rdx, %r13', '49 89 d5'],
  ['mov $1, %edi', 'bf 01 00 00 00'],
  ['lea -16(%rbx), %rsi', '48 8d 73 f0'],
  ['call *%r13', '41 ff d5'],
  ['1: mov (%rbx), %rax', '48 8b 03'],
  ['mov 8(%rbx), %rdi', '48 8b 7b 08'],
  ['mov 16(%rbx), %rsi', '48 8b 73 10'],
  ['mov 24(%rbx), %rdx', '48 8b 53 18'],
  ['mov 32(%rbx), %r10', '4c 8b 53 20'],
  ['mov 40(%rbx), %r8', '4c 8b 43 28'],
  ['mov 48(%rbx), %r9', '4c 8b 4b 30'],
  ['syscall', '0f 05'],
  ['mov %rax, 56(%rbx)', '48 89 43 38'],
  ['mov $1, %edi', 'bf 01 00 00 00'],
  ['lea 80(%rbx), %rsi', '48 8d 73 50'],
  ['call *%r13', '41 ff d5'],
  ['dec %r12d', '41 ff cc'],
  ['mov 56(%rbx), %rax', '48 8b 43 38'],
  ['cmp 64(%rbx), %rax', '48 3b 43 40'],
  ['jne 2f', '75 09'],
  ['add $96, %rbx', '48 83 c3 60'],
  ['test %r12d, %r12d', '45 85 e4'],
  ['jne 1b', '75 bd'],
  ['2: mov %r12d, %eax', '44 89 e0'],
  ['pop %r13', '41 5d'],
  ['pop %r12', '41 5c'],
  ['pop %rbx', '5b'],
  ['ret', 'c3'],
];

export function assembled(code: typeof performRows): Uint8Array {
  return Uint8Array.from(code.flatMap(([, bytes]) => bytes.split(' ').map((byte) => Number.parseInt(byte, 16))));
}
