/** What one request does: the word that engines, recordings and recorders share. */

/** What a slot is to do. The values index the recorder's directions as well. */
export const Operation = { read: 0, write: 1, trim: 2, sync: 3, dataSync: 4, syncRange: 5 } as const;
export type Operation = (typeof Operation)[keyof typeof Operation];
export const operationCount = 6;

/** As calls are named, by `Operation`. */
export const operationNames = ['read', 'write', 'trim', 'fsync', 'fdatasync', 'sync_file_range'] as const;
