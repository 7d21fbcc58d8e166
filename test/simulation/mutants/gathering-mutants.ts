/** Faults in what spares runs their performance, or brings them together: result cache, debounce, batch jobs. */
import type { Mutant } from "./mutant.ts";

const look = "shared/engine/cache/look-up.ts";

export const gatheringMutants: readonly Mutant[] = [
	{
		name: "cache-ignores-invalidations",
		what: "a cached result is given whatever has been invalidated since",
		file: look,
		find: 'if (entry.stamp !== stamp) return { missed: "invalidated" };',
		replace: "",
	},
	{
		name: "cache-of-all-tenants",
		what: "a tenant is given the result of another's run",
		file: "shared/engine/cache/cache-keys.ts",
		find: "perTenant ? [tenant ?? null] : [],",
		replace: "perTenant ? [tenant === null] : [],",
	},
	{
		name: "cache-without-end",
		what: "a cached result is given long after its period",
		file: look,
		find: 'return entry.until <= now ? { missed: "expired" } :',
		replace: 'return entry.until + 1e12 <= now ? { missed: "expired" } :',
	},
	{
		name: "gives-way-to-who-has-begun",
		what: "a debounced run gives way to one that has performed before it was enqueued",
		file: "shared/engine/debounce/decide-debounced.ts",
		find: "latest.startedAt >= plusMs(sentAt, marginMsOf(debounce));",
		replace: "latest.startedAt > 0;",
	},
	{
		name: "performs-after-the-latest",
		what: "a debounced run that comes after the latest of its key has begun performs, too",
		file: "shared/engine/debounce/admit-by-debounce.ts",
		find: "return standsFor(carried.job, mine, latest, { own, latest: other })",
		replace: "return other === undefined && standsFor(carried.job, mine, latest, { own, latest: other })",
	},
	{
		name: "gives-way-to-another-key",
		what: "a debounced run gives way to one of another key",
		file: "shared/engine/debounce/admit-by-debounce.ts",
		find: "policy.per === undefined ? job.name :",
		replace: "policy.per !== undefined ? job.name :",
	},
	{
		name: "latest-gives-way",
		what: "of the runs of a debounced key the last one gives way to the first",
		file: "shared/engine/debounce/decide-debounced.ts",
		find: "one.sentAt > other.sentAt ||",
		replace: "one.sentAt < other.sentAt ||",
	},
	{
		name: "batch-answers-shifted",
		what: "the runs of a batch get each other's answers",
		file: "shared/engine/batch-jobs/gatherer.ts",
		find: "const answer: unknown = answers[index];",
		replace: "const answer: unknown = answers[answers.length - 1 - index];",
	},
	{
		name: "batch-error-is-an-answer",
		what: "the error of one run of a batch is taken for its result",
		file: "shared/engine/batch-jobs/gatherer.ts",
		find: "if (answer instanceof Error) reject(answer);",
		replace: "if (answer instanceof Error) resolve({ done: answer.message });",
	},
	{
		name: "hook-begins-the-ended",
		what: "a hook before an attempt that outlasts it begins a run that has ended",
		file: "shared/engine/perform.ts",
		find: 'if (why !== undefined) return { how: "threw", error: why };',
		replace: "",
	},
];
