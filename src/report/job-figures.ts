/** Amounts and rates as a job wants them shown: `kb_base`, `unit_base`, `significant_figures`. */
import type { IotestJob } from '../results/document.js';
import { formatCount, formatIops, formatScaled } from '../support/units.js';

export interface Figures {
  readonly kiloBase: 1000 | 1024;
  readonly inBits: boolean;
  /** Characters of a number. */
  readonly width: number;
}

export function shownFigures({ options }: IotestJob): Figures {
  const { kiloBase, rateUnit, significantFigures } = options.measure;
  return { kiloBase, inBits: rateUnit === 'bits', width: significantFigures };
}

/** In the base asked for and in the other one: `24.2MiB/s`, `25.3MB/s`. */
export function rates(bytesPerSecond: number, { kiloBase, inBits, width }: Figures): [string, string] {
  const value = inBits ? bytesPerSecond * 8 : bytesPerSecond;
  const unit = inBits ? 'bit/s' : 'B/s';
  return [formatScaled(value, kiloBase, unit, width), formatScaled(value, otherBase(kiloBase), unit, width)];
}

/** Likewise `24.2MiB`, `25.4MB`. */
export function amounts(bytes: number, { kiloBase, width }: Figures): [string, string] {
  return [formatScaled(bytes, kiloBase, 'B', width), formatScaled(bytes, otherBase(kiloBase), 'B', width)];
}

/** Below 10 too, where fio cuts fractions off. */
export function iopsText(iops: number, { width }: Figures): string {
  return formatIops(iops, width);
}

export function fioIopsText(iops: number, { width }: Figures): string {
  return formatCount(iops, width);
}

function otherBase(kiloBase: 1000 | 1024): 1000 | 1024 {
  return kiloBase === 1024 ? 1000 : 1024;
}
