import { describe, expect, it } from 'vitest';
import { javascriptName, PerfScriptReader, type Sample } from './perf-script.js';

const text = `node 12117/12140  5012.000123456:          1 cpu-clock:pppH:
	ffffffffa2415d3d submit_bio_noacct ([kernel.kallsyms])
	ffffffffa2415d3d virtqueue_add+0x10 (virtio_ring.ko)
	    7f0a12345678 [unknown] (/usr/lib/x86_64-linux-gnu/libc.so.6)
	    55d0a1b2c3d4 JS:*submitAndReap file:///opt/iotest/dist/ring/ring.js:120:17 (/tmp/perf-12117.map)
	    55d0a1b2c3d4 node::Start(int, char**) (/usr/bin/node)

iou-wrk-12140 12117/12190 5012.5: cycles:
	ffffffffa2415d3d io_wq_worker ([kernel.kallsyms])

not a sample at all
	ffffffffa2415d3d lost ([kernel.kallsyms])

node 1/1 5013.000000001: cpu-clock:
`;

function samplesOf(lines: string): Sample[] {
  const reader = new PerfScriptReader();
  const samples = lines.split('\n').map((line) => reader.line(line));
  return [...samples, reader.end()].filter((sample) => sample !== null);
}

describe('what perf script prints', () => {
  const samples = samplesOf(text);

  it('takes code of addons for theirs, and not for the function that they happen to export nearby', () => {
    const [sample] = samplesOf(`node 1/1 5013.000000001: cpu-clock:
	ffffffffa2415d3d submit_bio_noacct ([kernel.kallsyms])
	    7f0a12345678 CallFinalizer+0x51 (/opt/iotest/node_modules/koffi/build/koffi/linux_x64/koffi.node)
	    7f0a12345600 CallFinalizer+0x9f1 (/opt/iotest/node_modules/koffi/build/koffi/linux_x64/koffi.node)
	    55d0a1b2c3d0 node_napi_env__::CallFinalizer(void (*)(napi_env__*, void*, void*), void*, void*)+0x81 (/usr/bin/node)
	    55d0a1b2c3d4 node::Start(int, char**) (/usr/bin/node)
`);
    expect(sample!.frames.map(({ name, kind }) => [name, kind])).toEqual([
      ['node::Start(int, char**)', 'native'],
      ['[Node-API]', 'native'],
      ['[koffi.node]', 'native'],
      ['submit_bio_noacct', 'kernel'],
    ]);
  });

  it('gives samples with time, thread and stack, the outermost frame first', () => {
    expect(
      samples.map(({ threadName, processId, threadId, timeNs, event }) => [
        threadName,
        processId,
        threadId,
        timeNs,
        event,
      ]),
    ).toEqual([
      ['node', 12117, 12140, 5012000123456, 'cpu-clock'],
      ['iou-wrk-12140', 12117, 12190, 5012500000000, 'cycles'],
      ['node', 1, 1, 5013000000001, 'cpu-clock'],
    ]);
    expect(samples[0]!.frames).toEqual([
      { name: 'node::Start(int, char**)', kind: 'native' },
      { name: 'submitAndReap ring.js:120', kind: 'javascript' },
      { name: '[libc.so.6]', kind: 'native' },
      { name: 'virtqueue_add+0x10', kind: 'kernel' },
      { name: 'submit_bio_noacct', kind: 'kernel' },
    ]);
  });
});

it('names JavaScript as a reader of the source would', () => {
  expect(javascriptName('JS:*runUntil file:///a%20b/run-loop.js:7:3')).toBe('runUntil run-loop.js:7');
  expect(javascriptName('LazyCompile:~queue /x/y/ring.js:12')).toBe('queue ring.js:12');
  expect(javascriptName('JS:^ /x/y/z.js:1:1')).toBe('(anonymous) z.js:1');
  expect(javascriptName('Builtin:InterpreterEntryTrampoline')).toBe('Builtin:InterpreterEntryTrampoline');
});
