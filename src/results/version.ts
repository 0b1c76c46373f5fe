/** Constants of the result document, apart from its schema: writing a result must not load the schema's library. */

/** Raised when a reader of the version before would misunderstand a document. */
export const schemaVersion = 1;

/** What stands as `fio version` in a result: the layout followed, then us; readers look for `fio-` and a version. */
export function fioVersion(toolVersion: string): string {
  return `fio-3.42-iotest-${toolVersion}`;
}
