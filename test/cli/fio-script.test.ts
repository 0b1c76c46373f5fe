/**
 * A script as people have written them for fio, unchanged: run with fio itself, and with a link named `fio` to our
 * executable first in PATH. Both say the same, but for the figures.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { executable, scratchFolder } from './command.js';

const missing = spawnSync('fio', ['--version']).status === 0 ? null : 'fio is not installed';

const jobFile = `; a mixed load in three sections
[global]
directory=\${WORK}
size=1m
bs=4k
group_reporting

[fill]
rw=write
bs=64k
end_fsync=1

[readers]
stonewall
rw=randread
numjobs=2
ioengine=libaio
iodepth=4

[mixed]
stonewall
rw=randrw
rwmixread=75
`;

/** Reads the JSON as scripts do with jq; Node is at hand wherever these tests run. */
const pick = `pick() { "$NODE" -e 'const d = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  console.log(eval(process.argv[2]));' "$1" "$2"; }`;

const script = `#!/bin/bash
set -euo pipefail
${pick}
export WORK=$PWD/work
mkdir "$WORK"

case $(fio --version) in
  fio-3.*) echo "fio is recent enough" ;;
  *) echo "fio is too old" >&2; exit 3 ;;
esac

echo "== one job, JSON from stdout"
fio --name=seq --filename="$WORK/seq" --size=2m --bs=128k --rw=write --end_fsync=1 --output-format=json > seq.json 2> seq.err
echo "stderr: $(wc -c < seq.err) bytes, first line $(head -n 1 seq.json), last line $(tail -n 1 seq.json)"
echo "written $(pick seq.json 'd.jobs[0].write.io_bytes') in $(pick seq.json 'd.jobs[0].write.total_ios') writes"
echo "error $(pick seq.json 'd.jobs[0].error'), bandwidth $(pick seq.json 'd.jobs[0].write.bw > 0 ? "above 0" : "none"')"
echo "p99 $(pick seq.json 'd.jobs[0].write.clat_ns.percentile["99.000000"] >= d.jobs[0].write.clat_ns.percentile["50.000000"]')"
echo "name $(pick seq.json 'd.jobs[0]["job options"].name') rw $(pick seq.json 'd.jobs[0]["job options"].rw')"

echo "== several sections, JSON in a file"
fio --output=all.json --output-format=json job.fio
pick all.json 'd.jobs.map((j) => [j.jobname, j.groupid, j.error, j.read.io_bytes + j.write.io_bytes].join(" ")).join("\\n")'
pick all.json 'd["global options"].bs + " " + d["global options"].size'
pick all.json 'd.jobs[2].read.total_ios > d.jobs[2].write.total_ios'

echo "== one section, text in a file"
fio --section=readers --output=readers.txt job.fio
grep -E '^readers: \\(groupid=|^Run status' readers.txt | sed -E 's/pid=.*//'
awk '/IO depths/ { print "depths", NF }' readers.txt
grep -c 'READ: bw=' readers.txt
sed -nE 's/^ +READ: bw=.*, io=([^ ]+) .*/\\1/p' readers.txt

echo "== terse"
line=$(fio --minimal --name=terse --filename="$WORK/seq" --size=1m --bs=4k --rw=read)
echo "version $(cut -d';' -f1 <<< "$line") job $(cut -d';' -f3 <<< "$line") error $(cut -d';' -f5 <<< "$line")"
echo "read KiB $(cut -d';' -f6 <<< "$line") written KiB $(cut -d';' -f47 <<< "$line")"
cut -d';' -f30 <<< "$line" | grep -oE '^[0-9.]+%'
[ "$(cut -d';' -f8 <<< "$line")" -gt 0 ] && echo "IOPS above 0"

echo "== two jobs of the command line, a latency log"
fio --output-format=json --directory="$WORK" --size=1m --bs=4k --name=one --rw=write --write_lat_log=one --name=two --rw=randwrite > two.json
pick two.json 'd.jobs.map((j) => j.jobname + " " + j.write.total_ios).join(", ")'
ls one_*.log
awk -F', ' '{ sum += $4 } END { print NR, "entries,", sum, "bytes" }' one_lat.1.log

echo "== exit statuses"
fio --parse-only job.fio && echo "the file is right"
status=0; fio --name=bad --rw=nonsense --size=1m > bad.out 2> bad.err || status=$?
echo "bad value: $status, told of it: $([ -s bad.err ] || [ -s bad.out ] && echo yes)"
status=0; fio --name=gone --filename="$WORK/seq/file" --size=1m --rw=read > gone.out 2> gone.err || status=$?
echo "not a folder: $status"
status=0; fio none.fio > none.out 2> none.err || status=$?
echo "no such job file: $status"
fio --readonly --name=look --filename="$WORK/seq" --size=1m --rw=read > look.out && grep -c 'err= 0' look.out
`;

function run(folderOfFio: string | null): { status: number | null; stderr: string; stdout: string; files: string[] } {
  const cwd = scratchFolder({ 'job.fio': jobFile, 'bench.sh': script });
  const { PATH } = process.env;
  const { status, stdout, stderr } = spawnSync('bash', ['bench.sh'], {
    cwd,
    encoding: 'utf8',
    input: '',
    env: {
      ...process.env,
      LANG: 'C.UTF-8',
      NODE: process.execPath,
      PATH: folderOfFio === null ? PATH : `${folderOfFio}:${PATH}`,
    },
  });
  const files = fs.readdirSync(cwd, { recursive: true, encoding: 'utf8' }).sort();
  return { status, stdout, stderr, files };
}

it.skipIf(missing !== null)(
  `a script written for fio says the same with iotest in its place${missing === null ? '' : ` [skipped: ${missing}]`}`,
  () => {
    const link = scratchFolder();
    fs.symlinkSync(executable, path.join(link, 'fio'));
    const [fio, ours] = [run(null), run(link)];
    // Both have to get to the end, so that they do not agree on nothing.
    expect([fio.status, fio.stderr]).toEqual([0, '']);
    expect(fio.stdout).toContain('mixed 2 0 1048576');
    expect([ours.status, ours.stderr]).toEqual([0, '']);
    expect(ours.stdout).toBe(fio.stdout);
    expect(ours.files).toEqual(fio.files);
  },
  // Twenty starts of a program: busy machines take their time.
  600_000,
);
