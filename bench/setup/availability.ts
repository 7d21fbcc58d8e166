// What a benchmark needs is either here, with its versions, or missing, with a sentence that says how to get it.

export type Availability<Found> =
	| { readonly available: true; readonly found: Found; readonly versions: Readonly<Record<string, string>> }
	| { readonly available: false; readonly missing: string };

/** The last lines of a command's complaint, short enough for a report. */
export function complaint(stderr: string): string {
	return stderr.trim().split("\n").slice(-3).join(" ").slice(0, 400);
}
