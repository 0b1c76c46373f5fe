/**
 * Survives SIGBUS. Touching a mapped page that the file no longer has, or that its disk cannot read, raises it, and by
 * default that ends the process without a word. A handler cannot be written in JavaScript: the thread stands in the middle
 * of a copy. So it is a page of machine code. It puts a page of zeros where the fault was, so that the copy goes on, and
 * notes the address; whoever copied looks at the count afterwards, which costs a load, and knows that it copied nothing.
 *
 * For x86-64; elsewhere SIGBUS does what it does.
 */
import { libc, viewMemory } from './libc.js';
import { mapMemory, pageBytes } from './memory.js';

const SIGBUS = 7;
const SA_SIGINFO = 4;
const SA_RESTART = 0x10000000;
const PROT_READ = 1;
const PROT_EXEC = 4;

/** struct sigaction of libc: the handler, a mask of 128 bytes, the flags, a pointer that libc fills in. */
const actionBytes = 152;
const flagsOffset = 136;

/** The page of code begins with a mark and the address of the page of data. */
const mark = 0x2073_7562_2067_6e69n;
const entryOffset = 16;
/** In the page of data: the count of faults, the address of the last; further on zeros, which are SIG_DFL. */
const defaultActionOffset = 64;

export interface BusFaults {
  /** [count of faults, modulo 2^32, unused, lower and upper half of the last address]; the handler writes it. */
  readonly words: Int32Array;
}

const sigaction = () => libc.func('sigaction', 'int', ['int', 'void *', 'void *']);

/** For the whole process, for good; does nothing when it is installed already, or cannot be. To be called by the main thread. */
export function installBusGuard(): void {
  if (process.arch !== 'x64' || busFaults() !== null) return;
  const data = mapMemory(pageBytes, true);
  const code = mapMemory(pageBytes, true);
  const page = new DataView(code.view);
  page.setBigUint64(0, mark, true);
  page.setBigUint64(8, BigInt(data.address), true);
  new Uint8Array(code.view).set(handlerCode(data.address), entryOffset);
  const mprotect = libc.func('mprotect', 'int', ['uint64_t', 'size_t', 'int']);
  // Where memory must not become code (SELinux), there is no guard.
  if (mprotect(code.address, pageBytes, PROT_READ | PROT_EXEC) !== 0) return;
  const action = new DataView(new ArrayBuffer(actionBytes));
  action.setBigUint64(0, BigInt(code.address + entryOffset), true);
  action.setInt32(flagsOffset, SA_SIGINFO | SA_RESTART, true);
  sigaction()(SIGBUS, new Uint8Array(action.buffer), null);
}

/** What the installed guard counts; null = there is none. */
export function busFaults(): BusFaults | null {
  const action = new Uint8Array(actionBytes);
  if (sigaction()(SIGBUS, null, action) !== 0) return null;
  const handler = Number(new DataView(action.buffer).getBigUint64(0, true));
  // The start of its page can be read as the handler itself can.
  if (handler % pageBytes !== entryOffset) return null;
  const head = new DataView(viewMemory(handler - entryOffset, entryOffset));
  if (head.getBigUint64(0, true) !== mark) return null;
  return { words: new Int32Array(viewMemory(Number(head.getBigUint64(8, true)), 16)) };
}

/** void handler(int signal, siginfo_t *info, void *context), System V calling convention. */
function handlerCode(dataAddress: number): Uint8Array {
  return Uint8Array.from([
    ...[0x48, 0x8b, 0x7e, 0x10], // mov rdi, [rsi+16]: si_addr
    ...[0x48, 0xb9, ...bytesOf(dataAddress)], // mov rcx, data
    ...[0x48, 0x89, 0x79, 0x08], // mov [rcx+8], rdi
    ...[0xf0, 0x48, 0xff, 0x01], // lock inc qword [rcx]
    ...[0x48, 0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff], // and rdi, -4096
    ...[0xbe, 0x00, 0x10, 0x00, 0x00], // mov esi, 4096
    ...[0xba, 0x03, 0x00, 0x00, 0x00], // mov edx, PROT_READ | PROT_WRITE
    ...[0x41, 0xba, 0x32, 0x00, 0x00, 0x00], // mov r10d, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
    ...[0x49, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff], // mov r8, -1
    ...[0x45, 0x31, 0xc9], // xor r9d, r9d
    ...[0xb8, 0x09, 0x00, 0x00, 0x00], // mov eax, mmap
    ...[0x0f, 0x05], // syscall
    ...[0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff], // cmp rax, -4096
    ...[0x76, 0x1e], // jbe: mapped
    // It cannot be mapped (huge pages): the default next time, which is at once.
    ...[0xbf, SIGBUS, 0x00, 0x00, 0x00], // mov edi, SIGBUS
    ...[0x48, 0xbe, ...bytesOf(dataAddress + defaultActionOffset)], // mov rsi, SIG_DFL
    ...[0x31, 0xd2], // xor edx, edx
    ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], // mov r10d, 8
    ...[0xb8, 0x0d, 0x00, 0x00, 0x00], // mov eax, rt_sigaction
    ...[0x0f, 0x05], // syscall
    0xc3, // mapped: ret
  ]);
}

function bytesOf(address: number): Uint8Array {
  return new Uint8Array(BigUint64Array.of(BigInt(address)).buffer);
}
