import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobPlatform, type JobPlatformProps } from "../../cdk/job-platform.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { joined, type Synthesized, synthesize, target } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const props = {
	catalogue,
	workers: { mail: { entry, environment: { SMTP_HOST: "mail.example.com" } }, reports: { entry } },
	bundleFolder: folder,
} satisfies JobPlatformProps<typeof catalogue>;

let mail: Synthesized;
beforeAll(() => {
	mail = synthesize((app) => {
		const stack = new Stack(app, "Mail");
		new JobPlatform(stack, "Jobs", props);
		return stack;
	});
});

describe("queue classes", () => {
	it("keeps a message out of sight for the function's timeout, the window and a minute", () => {
		const visibility = (name: string): unknown =>
			mail.one("AWS::SQS::Queue", `Queue${name}Queue`).Properties["VisibilityTimeout"];
		expect({ urgent: visibility("urgent"), bulk: visibility("bulkmail"), reports: visibility("reports") }).toEqual({
			urgent: 150,
			bulk: 170,
			reports: 360,
		});
	});

	it("gives each class a dead-letter queue that keeps letters ten days longer than the queue, after the receives that its policies need and five to spare", () => {
		expect(mail.ofType("AWS::SQS::Queue")).toHaveLength(6);
		for (const name of ["urgent", "bulkmail", "reports"]) {
			const queue = mail.one("AWS::SQS::Queue", `Queue${name}Queue`);
			const deadLetters = mail.one("AWS::SQS::Queue", `Queue${name}DeadLetters`);
			expect(queue.Properties["MessageRetentionPeriod"]).toBe(345_600);
			expect(deadLetters.Properties["MessageRetentionPeriod"]).toBe(1_209_600);
			expect(queue.Properties["RedrivePolicy"]).toEqual({
				deadLetterTargetArn: { "Fn::GetAtt": [deadLetters.id, "Arn"] },
				maxReceiveCount: 10,
			});
		}
	});

	it("encrypts every queue and refuses plain HTTP to every queue", () => {
		for (const queue of mail.ofType("AWS::SQS::Queue")) {
			expect(queue.Properties["SqsManagedSseEnabled"]).toBe(true);
			const policy = mail
				.ofType("AWS::SQS::QueuePolicy")
				.find(({ Properties }) => JSON.stringify(Properties["Queues"]) === JSON.stringify([{ Ref: queue.id }]));
			expect(policy?.Properties["PolicyDocument"]).toMatchObject({
				Statement: [
					{
						Action: "sqs:*",
						Effect: "Deny",
						Principal: { AWS: "*" },
						Condition: { Bool: { "aws:SecureTransport": "false" } },
					},
				],
			});
		}
	});

	it("feeds its group with partial batch failures and the class's own batch, window and concurrency", () => {
		const mappings = mail.ofType("AWS::Lambda::EventSourceMapping").map(({ Properties }) => ({
			queue: target(Properties["EventSourceArn"]).replace(/^JobsQueue(.*)Queue[0-9A-F]{8}\.Arn$/, "$1"),
			worker: target(Properties["FunctionName"]).replace(/^JobsWorker(.*)Function[0-9A-F]{8}$/, "$1"),
			batch: Properties["BatchSize"],
			windowSeconds: Properties["MaximumBatchingWindowInSeconds"],
			scaling: Properties["ScalingConfig"],
			responses: Properties["FunctionResponseTypes"],
		}));
		const responses = ["ReportBatchItemFailures"];
		expect(mappings).toEqual([
			{ queue: "urgent", worker: "mail", batch: 5, windowSeconds: 0, scaling: { MaximumConcurrency: 7 }, responses },
			{
				queue: "bulkmail",
				worker: "mail",
				batch: 100,
				windowSeconds: 20,
				scaling: { MaximumConcurrency: 2 },
				responses,
			},
			{
				queue: "reports",
				worker: "reports",
				batch: 10,
				windowSeconds: 0,
				scaling: { MaximumConcurrency: 3 },
				responses,
			},
		]);
	});
});

describe("data", () => {
	it("keeps runs in one table on demand, with expiry, recovery, and the listing index", () => {
		expect(mail.one("AWS::DynamoDB::GlobalTable").Properties).toMatchObject({
			BillingMode: "PAY_PER_REQUEST",
			KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
			TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true },
			Replicas: [
				{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
			],
			GlobalSecondaryIndexes: [
				{
					IndexName: "recent",
					KeySchema: [
						{ AttributeName: "lp", KeyType: "HASH" },
						{ AttributeName: "ls", KeyType: "RANGE" },
					],
					Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["jb"] },
				},
			],
		});
	});

	it("keeps payloads private, encrypted, and no longer than they are needed", () => {
		const { Properties } = mail.one("AWS::S3::Bucket");
		expect(Properties).toMatchObject({
			BucketEncryption: {
				ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
			},
			PublicAccessBlockConfiguration: {
				BlockPublicAcls: true,
				BlockPublicPolicy: true,
				IgnorePublicAcls: true,
				RestrictPublicBuckets: true,
			},
			LifecycleConfiguration: {
				Rules: [
					{ Prefix: "inputs/", ExpirationInDays: 30, Status: "Enabled" },
					{ Prefix: "long-inputs/", ExpirationInDays: 396, Status: "Enabled" },
					{ Prefix: "results/", ExpirationInDays: 2, Status: "Enabled" },
					{ Prefix: "dead-letters/", ExpirationInDays: 30, Status: "Enabled" },
					{ Prefix: "checkpoints/", ExpirationInDays: 30, Status: "Enabled" },
					{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: "Enabled" },
				],
			},
		});
		const policy = JSON.stringify(mail.one("AWS::S3::BucketPolicy").Properties);
		expect(policy).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
		expect(policy).toContain('{"NumericLessThan":{"s3:TlsVersion":1.2}}');
	});

	it("outlives the stack unless the platform is told that it is not production", () => {
		const kept = (from: Synthesized): unknown =>
			["AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Logs::LogGroup"].map(
				(type) => from.ofType(type)[0]?.DeletionPolicy,
			);
		// Ones that were made by a deploy that failed hold nothing yet.
		const queuesKept = (from: Synthesized): unknown => [
			...new Set(
				[...from.ofType("AWS::SQS::Queue"), ...from.ofType("AWS::SQS::QueuePolicy")].map(
					({ DeletionPolicy, UpdateReplacePolicy }) => `${DeletionPolicy}, replaced ${UpdateReplacePolicy}`,
				),
			),
		];
		const development = synthesize((app) => {
			const stack = new Stack(app, "Mail");
			new JobPlatform(stack, "Jobs", { ...props, production: false });
			return stack;
		});
		expect({ default: kept(mail), development: kept(development) }).toEqual({
			default: ["Retain", "Retain", "Retain"],
			development: ["Delete", "Delete", "Delete"],
		});
		expect({ default: queuesKept(mail), development: queuesKept(development) }).toEqual({
			default: ["RetainExceptOnCreate, replaced Retain"],
			development: ["Delete, replaced Delete"],
		});
		expect(development.one("AWS::DynamoDB::GlobalTable").Properties).toMatchObject({
			Replicas: [{ DeletionProtectionEnabled: false }],
		});
		expect(
			[mail, development].map(
				({ resources }) => resources.filter(({ Type }) => Type === "Custom::S3AutoDeleteObjects").length,
			),
		).toEqual([0, 1]);
	});
});

describe("addresses", () => {
	it("gives nothing a physical name", () => {
		const named = ["QueueName", "FunctionName", "RoleName", "TableName", "BucketName", "LogGroupName"];
		const found = mail.resources
			.filter(({ Type }) => Type !== "AWS::Lambda::EventSourceMapping")
			.filter(({ Properties }) => named.some((name) => name in Properties));
		expect(found).toEqual([]);
	});

	it("publishes the platform and every queue as outputs and SSM parameters", () => {
		const parameters = mail
			.ofType("AWS::SSM::Parameter")
			.map(({ Properties }) => [Properties["Name"], Properties["Value"]]);
		expect(parameters.map(([name]) => name)).toEqual([
			"/millrace/Mail/platform",
			"/millrace/Mail/queues/urgent/url",
			"/millrace/Mail/queues/bulk-mail/url",
			"/millrace/Mail/queues/reports/url",
		]);
		expect(Object.keys(mail.outputs)).toEqual([
			"MillracePlatform",
			"MillraceQueueUrgentUrl",
			"MillraceQueueBulkMailUrl",
			"MillraceQueueReportsUrl",
		]);
		expect(mail.outputs["MillraceQueueBulkMailUrl"]?.Value).toEqual({
			Ref: mail.one("AWS::SQS::Queue", "QueuebulkmailQueue").id,
		});
		const address = JSON.parse(joined(parameters[0]?.[1])) as { queues: Record<string, unknown> };
		expect(Object.keys(address.queues)).toEqual(["urgent", "bulk-mail", "reports"]);
		expect(address.queues["bulk-mail"]).toMatchObject({
			mapping: `<${mail.one("AWS::Lambda::EventSourceMapping", "Frombulkmail").id}>`,
		});
		expect(mail.outputs["MillracePlatform"]?.Value).toEqual(parameters[0]?.[1]);
	});

	it("tags what can be tagged", () => {
		const tags = JSON.stringify(mail.one("AWS::SQS::Queue", "QueueurgentQueue").Properties["Tags"]);
		expect(JSON.parse(tags)).toEqual([
			{ Key: "millrace:platform", Value: "Mail/Jobs" },
			{ Key: "millrace:queue-class", Value: "urgent" },
		]);
	});
});

describe("checks", () => {
	it("passes cdk-nag and CloudFormation's rules without a warning", () => {
		expect(mail.messages.filter((message) => !message.startsWith("info"))).toEqual([]);
	});

	it("would not pass cdk-nag with a finding in the stack", () => {
		const withFinding = (): unknown =>
			synthesize((app) => {
				const stack = new Stack(app, "Careless");
				new Bucket(stack, "Open");
				return stack;
			});
		expect(withFinding).toThrow("AwsSolutions-S1");
	});

	it("gives platforms of one app that have groups of the same name each its own code", () => {
		const demanding = new URL("fixture/demanding-worker.ts", import.meta.url);
		const codeOf = (platform: JobPlatform<typeof catalogue>): unknown => {
			const stack = Stack.of(platform);
			const { logicalId } = platform.workerGroup("mail").node.defaultChild as CfnFunction;
			const template = Template.fromStack(stack).toJSON() as {
				Resources: Record<string, { Properties: { Code: unknown } }>;
			};
			return template.Resources[String(stack.resolve(logicalId))]?.Properties.Code;
		};
		const app = new App();
		const first = new JobPlatform(new Stack(app, "First"), "Jobs", props);
		const workers = { ...props.workers, mail: { entry: demanding } };
		const second = new JobPlatform(new Stack(app, "Second"), "Jobs", { ...props, workers });
		const third = new JobPlatform(new Stack(app, "Third"), "Jobs", props);
		expect(codeOf(second)).not.toEqual(codeOf(first));
		// The same sources are the same asset, wherever they were bundled.
		expect(codeOf(third)).toEqual(codeOf(first));
	});

	it("refuses a second platform in one stack", () => {
		const stack = new Stack(new App(), "Crowded");
		new JobPlatform(stack, "Jobs", props);
		expect(() => new JobPlatform(stack, "More", props)).toThrow("Crowded/More would be the second after Crowded/Jobs");
	});

	it("reports everything wrong with the workers at once", () => {
		// As a catalogue whose groups the compiler doesn't know.
		const untyped: Catalogue = catalogue;
		const workers = {
			mail: { entry: "no/such/worker.ts", environment: { MILLRACE_GROUP: "x", AWS_REGION: "x", FINE: "x" } },
			invoices: { entry },
		};
		const build = (): unknown =>
			new JobPlatform(new Stack(new App(), "Faulty"), "Jobs", { catalogue: untyped, workers });
		expect(build).toThrow(MillraceError);
		expect(build).toThrow(
			[
				"The platform's workers have 4 faults; mend each and try again:",
				`- worker mail: entry must be an existing file; got ${join(process.cwd(), "no/such/worker.ts")}`,
				"- worker mail: environment must not set what Lambda or the platform sets; got MILLRACE_GROUP, AWS_REGION",
				'- worker reports: needs an entry; add workers["reports"] = { entry: … }',
				"- worker invoices: is no worker group of the catalogue; known: mail, reports",
			].join("\n"),
		);
	});
});
