/** The first file system of the machine: busybox, the modules of our devices, and the start script, as a cpio archive. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneRoot } from './clone.js';
import { type Kernel, moduleBytes } from './packages.js';

/** In the order in which they are loaded; a kernel may have some built in. */
export const moduleNames = [
  'virtio_pci',
  '9pnet_virtio',
  '9p',
  'nvme',
  'mq_deadline',
  'null_blk',
  'virtio_blk',
  'sd_mod',
  'scsi_debug',
  'dm_mod',
  'dm_delay',
  'dm_flakey',
  'dm_log_writes',
];

const folderMode = 0o040755;
const programMode = 0o100755;
const linkMode = 0o120777;

/** The archive's format is `newc`: initramfs buffer format in the kernel's documentation. */
class Archive {
  readonly #parts: Buffer[] = [];
  #count = 0;

  add(name: string, mode: number, content: Buffer = Buffer.alloc(0)): void {
    const inode = ++this.#count;
    const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    this.#parts.push(padded(Buffer.from(header, 'latin1')), padded(content));
  }

  bytes(): Buffer {
    this.add('TRAILER!!!', 0);
    return Buffer.concat(this.#parts);
  }
}

function padded(bytes: Buffer): Buffer {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}

/** A module names what it needs in its section .modinfo. */
function needsOf(bytes: Buffer): string[] {
  const at = bytes.indexOf('\0depends=', 0, 'latin1');
  if (at < 0) return [];
  const end = bytes.indexOf(0, at + 1);
  return bytes
    .toString('latin1', at + '\0depends='.length, end)
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.replaceAll('-', '_'));
}

/** `insmod` line by line: modules after what they need. */
function loadOrders(kernel: Kernel): { readonly orders: Map<string, string[]>; readonly files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>();
  const orders = new Map<string, string[]>();
  const collect = (name: string, order: string[]): void => {
    const file = kernel.modules.get(name);
    if (file === undefined || order.includes(name)) return;
    const bytes = files.get(name) ?? moduleBytes(file);
    files.set(name, bytes);
    for (const needed of needsOf(bytes)) collect(needed, order);
    order.push(name);
  };
  for (const name of moduleNames) {
    const order: string[] = [];
    collect(name, order);
    orders.set(name, order);
  }
  return { orders, files };
}

/** @param environment variables for the start script and what it starts */
export function buildInitramfs(kernel: Kernel, busybox: string, environment: Readonly<Record<string, string>>): Buffer {
  const archive = new Archive();
  for (const name of ['bin', 'dev', 'etc', 'mods', 'mnt', 'out', 'proc', 'run', 'sys', 'tmp', 'usr', 'var']) {
    archive.add(name, folderMode);
  }
  archive.add('bin/busybox', programMode, readFileSync(busybox));
  archive.add('bin/sh', linkMode, Buffer.from('busybox'));
  const { orders, files } = loadOrders(kernel);
  for (const [name, bytes] of files) archive.add(`mods/${name}.ko`, programMode, bytes);
  for (const [name, order] of orders)
    archive.add(`mods/${name}.order`, programMode, Buffer.from(`${order.join('\n')}\n`));
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`);
  archive.add('environment', programMode, Buffer.from(lines.join('')));
  archive.add('init', programMode, readFileSync(join(cloneRoot, 'test/vm/init.sh')));
  return archive.bytes();
}
