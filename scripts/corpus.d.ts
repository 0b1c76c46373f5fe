/** The folder with fio's examples, or null where the package cannot be had (no apt, no network). */
export function fioExamples(): string | null;
