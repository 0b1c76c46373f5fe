/** How something of a host is called in the totals: the host's name stands before it. */

export function onHost(hostName: string, text: string, gap = ''): string {
  return `${hostName}:${gap}${text}`;
}
