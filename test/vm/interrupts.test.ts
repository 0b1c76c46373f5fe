import { expect, it } from 'vitest';
import { dataInterrupts, interruptCounts } from './interrupts.js';

const before = `           CPU0       CPU1
  1:          9          1   IO-APIC   1-edge      i8042
 24:          5          0   PCI-MSI 65536-edge      nvme0q0
 25:        100          2   PCI-MSI 65537-edge      nvme0q1
 26:          7          0   PCI-MSIX-0000:00:05.0   1-edge      virtio3-req.0
NMI:          0          0   Non-maskable interrupts
`;

it('adds up the processors, and leaves out lines without a number', () => {
  expect([...interruptCounts(before)]).toEqual([
    ['i8042', 10],
    ['nvme0q0', 5],
    ['nvme0q1', 102],
    ['virtio3-req.0', 7],
  ]);
});

it('counts what data queues have got since, and nothing else', () => {
  const after = before
    .replace('100 ', '130 ')
    .replace('  5  ', ' 50  ')
    .replace(' 7  ', ' 9  ')
    .replace('  9  ', ' 99  ');
  expect(dataInterrupts(before, after)).toBe(32);
});
