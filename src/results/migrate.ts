/** Documents of earlier schema versions, brought to the present one step by step before they are validated. */
import { schemaVersion } from './version.js';

/** Gives the document of the next version. It may change what it gets. Throws nothing: what it cannot use it leaves. */
export type Migration = (document: Record<string, unknown>) => Record<string, unknown>;

/** From the version that a function takes to the function. Empty while the first version is the only one. */
const migrations: ReadonlyMap<number, Migration> = new Map();

export type MigrationOutcome =
  | { readonly kind: 'current'; readonly data: unknown }
  /** Written by a newer iotest. */
  | { readonly kind: 'newer'; readonly version: number }
  /** No way leads from that version to the present one. */
  | { readonly kind: 'unknown'; readonly version: unknown };

/**
 * @param data any JSON. fio's own documents, which have no version, pass as they are.
 * @param table, current for tests.
 */
export function migrateResult(
  data: unknown,
  table: ReadonlyMap<number, Migration> = migrations,
  current: number = schemaVersion,
): MigrationOutcome {
  let document = data;
  for (;;) {
    const version = versionOf(document);
    if (version === null || version === current) return { kind: 'current', data: document };
    if (typeof version !== 'number') return { kind: 'unknown', version };
    if (version > current) return { kind: 'newer', version };
    const migration = table.get(version);
    if (migration === undefined) return { kind: 'unknown', version };
    document = migration(document as Record<string, unknown>);
    // Each step leads upwards, so this ends whatever a migration does.
    const after = versionOf(document);
    if (typeof after !== 'number' || after <= version) return { kind: 'unknown', version: after };
  }
}

/** null when there is no part of ours. */
function versionOf(document: unknown): unknown {
  const iotest = (document as { readonly iotest?: unknown } | null)?.iotest;
  if (typeof iotest !== 'object' || iotest === null) return null;
  return (iotest as { readonly schemaVersion?: unknown }).schemaVersion ?? 'missing';
}
