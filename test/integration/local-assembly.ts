/** Writes a small cloud assembly for the tests of the local runtime: one stack, and handlers from the fixtures folder as its assets. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const handlers = fileURLToPath(new URL("fixtures/handlers/", import.meta.url));

export interface Resource {
	readonly Type: string;
	readonly Properties?: Readonly<Record<string, unknown>>;
	readonly Metadata?: Readonly<Record<string, unknown>>;
	readonly Condition?: string;
}

export interface TemplateParts {
	readonly Resources: Readonly<Record<string, Resource>>;
	readonly Outputs?: Readonly<Record<string, unknown>>;
	readonly Conditions?: Readonly<Record<string, unknown>>;
	readonly Parameters?: Readonly<Record<string, unknown>>;
	readonly Mappings?: Readonly<Record<string, unknown>>;
}

/** Code that refers to a folder of `fixtures/handlers`; give the same name in `writeAssembly`'s handlers, or an absolute folder. */
const code = (handler: string): object => ({ S3Bucket: "assets", S3Key: `${handler}.zip` });

/** Removed when the test is over. */
export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
	onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** Gives the folder. `assets` maps further handler names to folders outside of the fixtures. */
export function writeAssembly(
	stacks: Readonly<Record<string, TemplateParts>>,
	assets: Readonly<Record<string, string>> = {},
): string {
	const folder = temporaryFolder();
	const names = ["echo", "scripted", "broken", "cjs"];
	const paths = { ...Object.fromEntries(names.map((name) => [name, join(handlers, name)])), ...assets };
	const files = Object.fromEntries(
		Object.entries(paths).map(([name, path]) => [
			name,
			{
				source: { path, packaging: "zip" },
				destinations: { here: { bucketName: "assets", objectKey: `${name}.zip` } },
			},
		]),
	);
	writeFileSync(join(folder, "assets.json"), JSON.stringify({ version: "48.0.0", files }));
	const artifacts: Record<string, unknown> = {
		assets: { type: "cdk:asset-manifest", properties: { file: "assets.json" } },
	};
	for (const [name, template] of Object.entries(stacks)) {
		writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template));
		artifacts[name] = {
			type: "aws:cloudformation:stack",
			properties: { templateFile: `${name}.template.json`, stackName: name },
			dependencies: ["assets"],
		};
	}
	writeFileSync(join(folder, "manifest.json"), JSON.stringify({ version: "48.0.0", artifacts }));
	return folder;
}

/** A queue with its dead-letter queue, a function, and the mapping between them. */
export function queueWithFunction(options: {
	readonly handler: string;
	readonly queue?: Readonly<Record<string, unknown>>;
	readonly function?: Readonly<Record<string, unknown>>;
	readonly mapping?: Readonly<Record<string, unknown>>;
	readonly maxReceiveCount?: number;
}): Record<string, Resource> {
	return {
		Dead: { Type: "AWS::SQS::Queue", Properties: { MessageRetentionPeriod: 1_209_600 } },
		Queue: {
			Type: "AWS::SQS::Queue",
			Properties: {
				VisibilityTimeout: 30,
				RedrivePolicy: {
					deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] },
					maxReceiveCount: options.maxReceiveCount ?? 3,
				},
				...options.queue,
			},
		},
		Worker: {
			Type: "AWS::Lambda::Function",
			Properties: {
				Runtime: "nodejs24.x",
				Handler: "index.handler",
				Code: code(options.handler),
				Role: { "Fn::GetAtt": ["Role", "Arn"] },
				Timeout: 10,
				MemorySize: 256,
				...options.function,
			},
		},
		Role: { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {} } },
		Mapping: {
			Type: "AWS::Lambda::EventSourceMapping",
			Properties: {
				EventSourceArn: { "Fn::GetAtt": ["Queue", "Arn"] },
				FunctionName: { Ref: "Worker" },
				BatchSize: 10,
				FunctionResponseTypes: ["ReportBatchItemFailures"],
				...options.mapping,
			},
		},
	};
}
