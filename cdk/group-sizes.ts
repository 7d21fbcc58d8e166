/** How many invocations each worker group may have under a profile, with a warning at synth where a declared budget may be exceeded. */
import { Annotations } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Catalogue } from "../shared/catalogue/define-catalogue.ts";
import { budgetWarnings, type GroupSize, type Profile, profileFlaw, sizesUnder } from "../shared/job/profile.ts";
import { MillraceError } from "../shared/kernel/errors.ts";

/** @throws MillraceError `profile-invalid` */
export function groupSizes(
	scope: Construct,
	{ workerGroups, budgets }: Catalogue,
	profile: Profile,
): readonly GroupSize[] {
	const flaw = profileFlaw(profile, workerGroups);
	if (flaw !== undefined) throw new MillraceError("profile-invalid", `The profile can't be deployed: ${flaw}.`);
	const sizes = sizesUnder(profile, workerGroups);
	for (const [index, warning] of budgetWarnings(sizes, budgets).entries())
		Annotations.of(scope).addWarningV2(`millrace:budget-${index}`, warning);
	return sizes;
}
