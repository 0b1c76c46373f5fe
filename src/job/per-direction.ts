/** Values that may differ between reads, writes and trims. */

export type Direction = 'read' | 'write' | 'trim';

export interface PerDirection<T> {
  readonly read: T;
  readonly write: T;
  readonly trim: T;
}

export interface ReadWrite<T> {
  readonly read: T;
  readonly write: T;
}
