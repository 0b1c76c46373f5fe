/** What the points of a sweep are called. */

/** `bs=4k iodepth=8`: what tells a point's jobs from those of others; engines are variants, so they are not in it. */
export function pointSuffix(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([option]) => option !== 'engine')
    .map(([option, value]) => `${option}=${value}`)
    .join(' ');
}

/** `bs=4k iodepth=8 engine=psync`. */
export function pointText(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([option, value]) => `${option}=${value}`)
    .join(' ');
}
