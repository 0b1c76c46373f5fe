/** Exports, read by the programs that they are for. Where these are not installed the tests are skipped and say so. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchstatText } from '../../src/results/export-benchmarks.js';
import { openMetricsText, prometheusText } from '../../src/results/export-metrics.js';
import { sampleEnginesResult } from '../../src/testing/sample-result.js';
import { sampleSweep } from '../../src/testing/sample-sweep.js';
import { scratchFolder } from '../cli/command.js';

const succeeds = (command: string, argv: readonly string[]) => spawnSync(command, argv).status === 0;
const hasPromtool = succeeds('promtool', ['--version']);
const hasPythonClient = succeeds('python3', ['-c', 'import prometheus_client']);
const hasBenchstat = spawnSync('benchstat', ['-h']).error === undefined;

const documents = [
  sampleEnginesResult(),
  sampleSweep({ depths: [1, 2, 4], engines: ['io_uring', 'libaio'], repeat: 3 }),
];

describe('promtool', () => {
  it.skipIf(!hasPromtool)('finds nothing to say about the text format (Debian package prometheus)', () => {
    for (const document of documents) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: prometheusText(document, 'id'),
        encoding: 'utf8',
      });
      expect(`${stdout}${stderr}`).toBe('');
      expect(status).toBe(0);
    }
  });
});

describe('prometheus_client', () => {
  const read = (module: string, text: string) =>
    spawnSync(
      'python3',
      [
        '-c',
        `import sys, json
from prometheus_client.${module} import text_string_to_metric_families as parse
print(json.dumps({family.name: [family.type, family.unit, len(family.samples)] for family in parse(sys.stdin.read())}))`,
      ],
      { input: text, encoding: 'utf8' },
    );

  it.skipIf(!hasPythonClient)('reads both formats, strictly (Debian package python3-prometheus-client)', () => {
    for (const document of documents) {
      const plain = read('parser', prometheusText(document, 'id'));
      expect(plain.stderr).toBe('');
      expect(JSON.parse(plain.stdout).iotest_latency_seconds[0]).toBe('summary');
      const open = read('openmetrics.parser', openMetricsText(document, 'id'));
      expect(open.stderr).toBe('');
      const families = JSON.parse(open.stdout);
      expect(families.iotest_latency_seconds.slice(0, 2)).toEqual(['histogram', 'seconds']);
      expect(families.iotest_ios[0]).toBe('counter');
      expect(families.iotest_result[0]).toBe('info');
    }
  });
});

describe('benchstat', () => {
  it.skipIf(!hasBenchstat)('sets engines side by side (golang.org/x/perf/cmd/benchstat)', () => {
    // A file of its own: benchstat opens its inputs by name, which a socket for /dev/stdin does not allow.
    const file = path.join(scratchFolder({ 'new.txt': benchstatText(documents[1]!) }), 'new.txt');
    const { status, stdout, stderr } = spawnSync('benchstat', ['-col', '/engine', file], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('IO/s');
    expect(stdout).toContain('libaio');
  });
});
