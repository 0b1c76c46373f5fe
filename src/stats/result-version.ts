/** Constants of the result document, apart from its schema: writing a result must not load the schema's library. */

/** Raised when a reader of the version before would misunderstand a document. */
export const schemaVersion = 1;

export const histogramEncoding = 'HdrHistogram V2 compressed base64';
