/**
 * Numbers as fio's text output shows them, so that eyes and scripts that know fio find what they expect.
 * Widths are in characters, as in fio: four of them, the decimal point included (`6183`, `19.8k`, `24.2`, `154`).
 */

const siPrefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const iecPrefixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** Characters that a number may take when nothing else is said. */
const usualWidth = 4;

/**
 * Scales a value down by `base` until it fits into `width` characters, then fills what is left with decimals.
 * Takes whole numbers (fractions are cut off, as fio does with rates); not-a-number and negative values give `0`.
 */
function scale(value: number, base: 1000 | 1024, width: number): { digits: string; power: number } {
  if (value === Number.POSITIVE_INFINITY) return { digits: 'inf', power: 0 };
  const whole = value > 0 ? Math.floor(value) : 0;
  let power = 0;
  let scaled = whole;
  while (power < siPrefixes.length - 1 && integerWidth(Math.floor(scaled)) > width) {
    scaled /= base;
    power++;
  }
  if (power === 0) return { digits: String(whole), power };
  let digits = scaled.toFixed(decimalsThatFit(scaled, width));
  if (digits.length > width && digits.includes('.')) {
    // Rounding added a digit: 9.996 → 10.00.
    digits = scaled.toFixed(decimalsThatFit(Number(digits), width));
  }
  if (integerWidth(Number(digits)) > width && power < siPrefixes.length - 1) {
    scaled = Number(digits) / base;
    power++;
    digits = scaled.toFixed(decimalsThatFit(scaled, width));
  }
  return { digits, power };
}

function integerWidth(value: number): number {
  return Math.floor(value).toFixed(0).length;
}

function decimalsThatFit(value: number, width: number): number {
  return Math.max(0, width - integerWidth(value) - 1);
}

/** A plain number with SI prefix: `6183`, `19.8k`, and with width 6 `240370`, `1289.7k`. */
export function formatCount(value: number, width: number = usualWidth): string {
  const { digits, power } = scale(value, 1000, width);
  return `${digits}${siPrefixes[power]}`;
}

/** I/Os per second. From 10 on fractions are cut off, not rounded; below, 0.019 is not 0. */
export function formatIops(iops: number, width: number = usualWidth): string {
  return iops > 0 && iops < 10 ? formatSmall(iops) : formatCount(iops, width);
}

/** Three digits at most, no zeros at the end. */
function formatSmall(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return text.includes('e') ? value.toExponential(1) : text;
}

/** A whole number scaled to so many characters, with its prefix and unit: `24.2MiB/s`, `194Mibit/s`. */
export function formatScaled(value: number, base: 1000 | 1024, unit: string, width: number = usualWidth): string {
  const { digits, power } = scale(value, base, width);
  return `${digits}${(base === 1024 ? iecPrefixes : siPrefixes)[power]}${unit}`;
}

/** Bytes with binary prefix: `24.2MiB`. `unit` lets rates reuse it. */
export function formatBytesIec(bytes: number, unit = 'B'): string {
  return formatScaled(bytes, 1024, unit);
}

/** Bytes with decimal prefix: `25.4MB`. */
export function formatBytesSi(bytes: number, unit = 'B'): string {
  return formatScaled(bytes, 1000, unit);
}

/** In the base asked for alone, for narrow places: `24.2MiB/s`. */
export function formatBandwidthShort(bytesPerSecond: number, kiloBase: 1000 | 1024 = 1024): string {
  return kiloBase === 1024 ? formatBytesIec(bytesPerSecond, 'B/s') : formatBytesSi(bytesPerSecond, 'B/s');
}

interface TimeUnit {
  readonly name: 'nsec' | 'usec' | 'msec';
  readonly nanoseconds: 1 | 1000 | 1000000;
}

const nsec: TimeUnit = { name: 'nsec', nanoseconds: 1 };
const usec: TimeUnit = { name: 'usec', nanoseconds: 1000 };
const msec: TimeUnit = { name: 'msec', nanoseconds: 1000000 };
export const timeUnits = { nsec, usec, msec } as const;

/**
 * The unit for one line of latencies, by fio's rule: the larger one when the smallest value is above 2 of it, the
 * largest above 99 of it, and, where a standard deviation is given, that one above 1 of it. All values in ns.
 */
export function pickTimeUnit(minNs: number, maxNs: number, stdevNs = Number.POSITIVE_INFINITY): TimeUnit {
  for (const unit of [msec, usec]) {
    const one = unit.nanoseconds;
    if (minNs > 2 * one && maxNs > 100 * one - one / 1000 && stdevNs > one) return unit;
  }
  return nsec;
}

/** The minimum or maximum of a latency line: cut to whole units, six characters wide (`240370`, `1289.7k`). */
export function formatTimeExtreme(ns: number, unit: TimeUnit): string {
  return formatCount(ns / unit.nanoseconds, 6);
}

/** Mean or standard deviation of a latency line: two decimals. */
export function formatTimeMean(ns: number, unit: TimeUnit): string {
  return (ns / unit.nanoseconds).toFixed(2);
}

/** A single latency with its own unit, at most four characters and the unit: `950ns`, `1.23us`, `24.2us`, `3.50ms`, `17.1s`. */
export function formatLatencyNs(ns: number): string {
  if (!Number.isFinite(ns)) return '-';
  const names = ['ns', 'us', 'ms', 's'] as const;
  let index = 0;
  let value = Math.max(0, ns);
  let text = index === 0 ? value.toFixed(0) : '';
  while (Number(text) >= 1000 && index < names.length - 1) {
    value /= 1000;
    index++;
    text = value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  }
  return `${text}${names[index]}`;
}

/** As fio's `run=1001-1001msec`: whole milliseconds. */
export function formatMilliseconds(ms: number): string {
  return `${Math.floor(Math.max(0, ms))}msec`;
}

/** As fio's eta: `00m:02s`, from an hour `01h:00m:02s`, from a day `01d:02h:03m:04s`. Fractions are rounded. */
export function formatDurationSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '--';
  const total = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const days = Math.floor(total / 86400);
  const hours = Math.floor(total / 3600) % 24;
  const head = days > 0 ? `${two(days)}d:${two(hours)}h:` : hours > 0 ? `${two(hours)}h:` : '';
  return `${head}${two(Math.floor(total / 60) % 60)}m:${two(total % 60)}s`;
}

/** Two decimals and the sign: `96.83%`. */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(2)}%`;
}
