/** Values that may differ between reads, writes and trims. */

/** In the order in which fio writes them: `read,write,trim`. */
export const directions = ['read', 'write', 'trim'] as const;
export type Direction = (typeof directions)[number];

export interface PerDirection<T> {
  readonly read: T;
  readonly write: T;
  readonly trim: T;
}

export interface ReadWrite<T> {
  readonly read: T;
  readonly write: T;
}
