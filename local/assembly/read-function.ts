/** Reads an AWS::Lambda::Function: what its execution environments need to know. The code must be an asset of the assembly or inline. */
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { AssemblyStack } from "./read-assembly.ts";
import { numberProperty, type ReadContext, readProperties } from "./read-properties.ts";

export interface FunctionPlan {
	readonly stack: string;
	readonly logicalId: string;
	readonly name: string;
	readonly arn: string;
	/** `file.export`, as Lambda spells it. */
	readonly handler: string;
	/** The folder of the code; or the text of an inline function. */
	readonly code: { readonly directory: string } | { readonly inline: string };
	readonly environment: Readonly<Record<string, string>>;
	readonly timeoutSeconds: number;
	readonly memoryMb: number;
	readonly logGroupName: string;
	readonly reservedConcurrency?: number;
	/** What the bundler wrote beside the function: the entry file it was built from. Absent when the function was not built by it. */
	readonly bundle?: { readonly entry: string };
}

const rules = {
	honoured: z.object({
		FunctionName: z.optional(z.string()),
		Handler: z.string(),
		Runtime: z.string(),
		Code: z.object({
			S3Key: z.optional(z.string()),
			ZipFile: z.optional(z.string()),
		}),
		Environment: z.optional(z.object({ Variables: z.optional(z.record(z.string(), z.coerce.string())) })),
		Timeout: z.optional(numberProperty.check(z.int(), z.gte(1), z.lte(900))),
		MemorySize: z.optional(numberProperty.check(z.int(), z.gte(128), z.lte(10_240))),
		ReservedConcurrentExecutions: z.optional(numberProperty.check(z.int(), z.gte(0))),
		LoggingConfig: z.optional(z.object({ LogGroup: z.optional(z.string()) })),
	}),
	harmless: [
		"Architectures",
		// For asynchronous invocations only, which nothing makes here.
		"DeadLetterConfig",
		"Description",
		"EphemeralStorage",
		"KmsKeyArn",
		"RecursiveLoop",
		"Role",
		"RuntimeManagementConfig",
		"SnapStart",
		"Tags",
		"TracingConfig",
	],
};

const bundleMetadata = z.object({ entry: z.string() });

function codeOf(
	stack: AssemblyStack,
	logicalId: string,
	code: { readonly S3Key?: string | undefined; readonly ZipFile?: string | undefined },
): FunctionPlan["code"] {
	if (code.ZipFile !== undefined) return { inline: code.ZipFile };
	const directory = stack.assetPaths.get(code.S3Key ?? "");
	if (directory === undefined || directory.endsWith(".zip")) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: the code of ${logicalId} (${code.S3Key ?? "no S3 key"}) is not a folder in the cloud assembly. Use an asset folder, and synthesize again.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}
	return { directory };
}

export function readFunction(
	context: ReadContext,
	stack: AssemblyStack,
	logicalId: string,
	address: { readonly name: string; readonly arn: string },
): FunctionPlan {
	const properties = readProperties(context, stack, logicalId, rules);
	if (!properties.Runtime.startsWith("nodejs")) {
		throw new MillraceError(
			"template-unsupported",
			`${stack.name}: ${logicalId} has the runtime ${properties.Runtime}; only Node.js functions run on one machine.`,
			{ details: { stack: stack.name, logicalId } },
		);
	}
	const bundle = bundleMetadata.safeParse(stack.template.Resources[logicalId]?.Metadata?.["millrace:bundle"]);
	return {
		stack: stack.name,
		logicalId,
		...address,
		handler: properties.Handler,
		code: codeOf(stack, logicalId, properties.Code),
		environment: properties.Environment?.Variables ?? {},
		timeoutSeconds: properties.Timeout ?? 3,
		memoryMb: properties.MemorySize ?? 128,
		logGroupName: properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${address.name}`,
		...(properties.ReservedConcurrentExecutions === undefined
			? {}
			: { reservedConcurrency: properties.ReservedConcurrentExecutions }),
		...(bundle.success ? { bundle: bundle.data } : {}),
	};
}
