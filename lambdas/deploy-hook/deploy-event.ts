/** What CloudFormation hands to the function behind a custom resource, as far as it is needed, and what the DeployHook construct puts in. */
import * as z from "zod/mini";

export const deployEventSchema = z.object({
	RequestType: z.enum(["Create", "Update", "Delete"]),
	/** Presigned: whoever has it can end the deployment's waiting. */
	ResponseURL: z.string(),
	StackId: z.string(),
	RequestId: z.string(),
	LogicalResourceId: z.string(),
	ResourceProperties: z.object({
		queueUrl: z.string(),
		/** The message, whole. */
		body: z.string(),
	}),
});
export type DeployEvent = z.infer<typeof deployEventSchema>;
