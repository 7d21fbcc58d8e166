/** The rules of routed worlds, and what they come to, told apart from each other: the checker must not ask the code that it checks. */
import { defineRoute, type QueueClassDefinition, type Route } from "../../shared/job/index.ts";

/** Of a tenant, by content, by pattern of names; and priorities from 7 go through the second class by themselves. */
export const routesTo = (express: QueueClassDefinition): readonly Route[] => [
	defineRoute({ jobs: "wor*", when: ({ tenant }) => tenant === "acme", to: express }),
	defineRoute({ jobs: "*i*", when: ({ input }) => (input as { readonly n: number }).n >= 8, to: express }),
];
export const expressPriorities = { from: 7, to: 9 } as const;

interface Told {
	readonly job: string;
	readonly n: number;
	readonly tenant: unknown;
	readonly priority: unknown;
}

/** By word of mouth: "acme's work, whatever of limited or single has an 8 or a 9, and whoever says 7, 8 or 9, is in a hurry." */
export function isInAHurry({ job, n, tenant, priority }: Told): boolean {
	if (job === "after" || job === "gathered") return false;
	if (job === "work" && tenant === "acme") return true;
	if ((job === "limited" || job === "single" || job === "solid" || job === "quiet") && (n === 8 || n === 9))
		return true;
	return priority === 7 || priority === 8 || priority === 9;
}
