/** Another profile while the platform runs: larger or smaller mappings, recorded with them, within what is downstream can give. */
import type { Catalogue } from "../catalogue/define-catalogue.ts";
import { budgetWarnings, type GroupSize, type Profile, profileFlaw, profileName, sizesUnder } from "../job/profile.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { Platform } from "../ports/platform.ts";

export type { GroupSize, Profile };

type Parts = Pick<Platform, "mappings" | "address"> & {
	readonly catalogue: Pick<Catalogue, "workerGroups" | "budgets">;
};

export interface TuneReport {
	readonly profile: string;
	/** As they are now; of `tune`, as they were before. */
	readonly before: readonly ClassNow[];
	readonly sizes: readonly GroupSize[];
	/** Budgets that the sizes may exceed. */
	readonly warnings: readonly string[];
}

export interface ClassNow {
	readonly queueClass: string;
	readonly group: string;
	readonly invocations: number;
	/** What it was given; absent for one that was never tuned. */
	readonly profile?: string;
}

/** How every class stands. @throws MillraceError as `MappingOperator` does */
export async function sizesNow({ mappings, address, catalogue }: Parts): Promise<readonly ClassNow[]> {
	const classes = catalogue.workerGroups.flatMap(({ name: group, queueClasses }) =>
		queueClasses.map(({ name: queueClass }) => ({ group, queueClass })),
	);
	const deployed = classes.filter(({ queueClass }) => address.queues[queueClass] !== undefined);
	return Promise.all(deployed.map(async (about) => ({ ...about, ...(await mappings.size(about.queueClass)) })));
}

/**
 * Gives every class its size under the profile. Runs that perform go on. The next deploy that changes a mapping brings back the deployed profile.
 * @throws MillraceError `profile-invalid`; as `MappingOperator` does
 */
export async function tune(parts: Parts, profile: Profile, { dryRun = false } = {}): Promise<TuneReport> {
	const { catalogue, mappings } = parts;
	const flaw = profileFlaw(profile, catalogue.workerGroups);
	if (flaw !== undefined) throw new MillraceError("profile-invalid", `The profile can't be taken: ${flaw}.`);
	const before = await sizesNow(parts);
	const sizes = sizesUnder(profile, catalogue.workerGroups);
	const name = profileName(profile);
	for (const { queueClass, invocations } of dryRun ? [] : sizes.flatMap(({ classes }) => classes)) {
		const now = before.find((known) => known.queueClass === queueClass);
		if (now !== undefined && (now.invocations !== invocations || now.profile !== name))
			await mappings.resize(queueClass, { invocations, profile: name });
	}
	return { profile: name, before, sizes, warnings: budgetWarnings(sizes, catalogue.budgets) };
}
