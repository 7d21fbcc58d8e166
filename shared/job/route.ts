/** Routing rules: which of its worker group's queue classes a run goes through, where its definition's own is not the answer. Data and pure predicates. */
import type { QueueClassDefinition } from "./queue-class.ts";

/** What a rule may look at. */
export interface RoutedRun {
	readonly job: string;
	/** As it is sent: before the schema's defaults. */
	readonly input: unknown;
	readonly tenant: string | undefined;
	readonly priority: number | undefined;
	readonly headers: Readonly<Record<string, string>>;
}

export interface Route {
	/** Names of jobs; `*` stands for any characters: `report_*`. Default `*`. */
	readonly jobs: string;
	/** Asked for each run of these jobs. Pure, quick, and never throwing: producers and workers call it. Default: always. */
	readonly when: (run: RoutedRun) => boolean;
	readonly to: QueueClassDefinition;
}

export const defineRoute = (options: Pick<Route, "to"> & Partial<Route>): Route => ({
	jobs: "*",
	when: () => true,
	...options,
});

export function matchesJob({ jobs }: Route, job: string): boolean {
	const parts = jobs.split("*");
	const [first = "", last = ""] = [parts[0], parts.at(-1)];
	if (parts.length === 1) return job === jobs;
	if (!job.startsWith(first) || !job.endsWith(last) || job.length < first.length + last.length) return false;
	let at = first.length;
	for (const part of parts.slice(1, -1)) {
		const found = job.indexOf(part, at);
		if (found < 0 || found + part.length > job.length - last.length) return false;
		at = found + part.length;
	}
	return true;
}
