/** What something downstream can give, and what worker groups take of it: so that a larger profile is warned about before the database is. */

export interface Budget {
	/** Of what is downstream: `postgres`, `stripe`. Unique in the catalogue. */
	readonly name: string;
	/** How much there is for these workers. Above 0. */
	readonly max: number;
	/** Of what: `connections`, `requests at the same time`. */
	readonly unit: string;
	readonly uses: readonly BudgetUse[];
}

export type BudgetUse = { readonly group: string } & (
	| { readonly perInvocation: number }
	/** For what each run opens for itself. */
	| { readonly perRun: number }
);

export const defineBudget = (options: Omit<Budget, "unit"> & Partial<Pick<Budget, "unit">>): Budget => ({
	unit: "connections",
	...options,
});

/** What is wrong with it, in words. */
export function budgetFlaw({ max, uses }: Budget, groups: readonly string[]): string | undefined {
	if (!(max > 0)) return `max must be above 0; got ${max}`;
	const unknown = uses.map(({ group }) => group).filter((group) => !groups.includes(group));
	if (unknown.length > 0) return `names no worker group of the catalogue: ${unknown.join(", ")}`;
	const counts = uses.map((use) => ("perRun" in use ? use.perRun : use.perInvocation));
	return counts.every((count) => count > 0) ? undefined : `each use must be above 0; got ${counts.join(", ")}`;
}
