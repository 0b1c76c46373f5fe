/** What nobody caught is told as well as the rest, and ends the program. */

/** @param tell says what happened, and gives the exit status. */
export function tellWhatIsUncaught(tell: (error: unknown) => number): void {
  process.on('uncaughtException', (error) => process.exit(tell(error)));
}
