/** Reads what a platform enqueues for its version (cdk/constructs/deploy-hook.ts): here without CloudFormation, which would call its function. */
import * as z from "zod/mini";
import type { AssemblyStack } from "./read-assembly.ts";
import { type ReadContext, readProperties } from "./read-properties.ts";

export const ON_DEPLOY_TYPE = "Custom::MillraceOnDeploy";

export interface OnDeployPlan {
	readonly queueUrl: string;
	readonly body: string;
}

const rules = {
	honoured: z.object({ queueUrl: z.string(), body: z.string() }),
	harmless: ["ServiceToken", "ServiceTimeout"],
};

/** @throws MillraceError `template-unsupported` */
export const readOnDeploy = (context: ReadContext, stack: AssemblyStack, logicalId: string): OnDeployPlan =>
	readProperties(context, stack, logicalId, rules);
