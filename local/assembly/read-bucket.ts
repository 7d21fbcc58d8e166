/** Reads an AWS::S3::Bucket. Only its name matters here; what else would be noticed is said in a warning. */
import * as z from "zod/mini";
import type { AssemblyStack } from "./read-assembly.ts";
import { type ReadContext, readProperties } from "./read-properties.ts";

export interface BucketPlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly name: string;
}

const rules = {
	honoured: z.object({ BucketName: z.optional(z.string()) }),
	harmless: [
		"AccelerateConfiguration",
		"AccessControl",
		"BucketEncryption",
		"IntelligentTieringConfigurations",
		// Expiry is counted in days and best effort; nothing may rely on the moment an object goes.
		"LifecycleConfiguration",
		"LoggingConfiguration",
		"MetricsConfigurations",
		"OwnershipControls",
		"PublicAccessBlockConfiguration",
		"Tags",
	],
	differing: {
		CorsConfiguration: "browsers are answered without CORS headers",
		VersioningConfiguration: "an overwritten or deleted object is gone",
	},
};

export function readBucket(context: ReadContext, stack: AssemblyStack, logicalId: string, name: string): BucketPlan {
	readProperties(context, stack, logicalId, rules);
	return { stack: stack.name, logicalId, name };
}
