import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobPlatform, type JobPlatformProps } from "../../cdk/job-platform.ts";
import { buildReport, catalogue, sendMail } from "./fixture/mail-catalogue.ts";
import { joined, permissions, type Synthesized, synthesize, target } from "./synthesize.ts";

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
		const platform = new JobPlatform(stack, "Jobs", props);
		const producer = new Role(stack, "Producer", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
		platform.grantEnqueue(producer, sendMail, buildReport);
		const reader = new Role(stack, "Reader", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
		platform.grantReadRuns(reader);
		const operator = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
		platform.grantOperate(operator);
		return stack;
	});
});

describe("a worker group", () => {
	it("makes a function with the group's own numbers, on the newest runtime and the cheaper processor", () => {
		const { Properties } = mail.one("AWS::Lambda::Function", "Workerreports");
		expect(Properties).toMatchObject({
			Runtime: "nodejs24.x",
			Architectures: ["arm64"],
			Handler: "index.handler",
			Timeout: 300,
			MemorySize: 2048,
			RecursiveLoop: "Allow",
		});
	});

	it("tells a function its group, its names for logs and metrics, the team's variables, and the queues it may use", () => {
		const environment = mail.one("AWS::Lambda::Function", "Workermail").Properties["Environment"] as {
			Variables: Record<string, unknown>;
		};
		const { MILLRACE_PLATFORM: platform, ...rest } = environment.Variables;
		expect(rest).toEqual({
			SMTP_HOST: "mail.example.com",
			MILLRACE_GROUP: "mail",
			POWERTOOLS_SERVICE_NAME: "mail",
			POWERTOOLS_METRICS_NAMESPACE: "Millrace/Mail",
		});
		const withoutHashes = joined(platform).replace(/[0-9A-F]{8}(?=\.Arn>|>)/g, "");
		expect(JSON.parse(withoutHashes)).toEqual({
			table: "<JobsRunsTable>",
			bucket: "<JobsPayloadsBucket>",
			queues: {
				urgent: { url: "<JobsQueueurgentQueue>", deadLetterUrl: "<JobsQueueurgentDeadLetters>" },
				"bulk-mail": { url: "<JobsQueuebulkmailQueue>", deadLetterUrl: "<JobsQueuebulkmailDeadLetters>" },
			},
			schedules: { group: "<JobsSchedulesGroup>", roleArn: "<JobsSchedulesRolemail.Arn>" },
		});
	});

	it("names the queues of enqueued jobs to the group that enqueues them, and no others", () => {
		const environment = mail.one("AWS::Lambda::Function", "Workerreports").Properties["Environment"] as {
			Variables: Record<string, unknown>;
		};
		const address = JSON.parse(joined(environment.Variables["MILLRACE_PLATFORM"])) as {
			queues: Record<string, unknown>;
		};
		expect(Object.keys(address.queues)).toEqual(["reports", "urgent"]);
	});

	it("gives each role its own group's rights, one by one, and no managed policy", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "Workerreports"))
			.map(({ action, resource }) => `${action} ${resource.replace(/[0-9A-F]{8}(?=[.>])/g, "")}`)
			.sort();
		expect(rights).toEqual([
			"dynamodb:BatchGetItem JobsRunsTable.Arn",
			"dynamodb:GetItem JobsRunsTable.Arn",
			"dynamodb:PartiQLInsert JobsRunsTable.Arn",
			"dynamodb:PartiQLUpdate JobsRunsTable.Arn",
			"dynamodb:PutItem JobsRunsTable.Arn",
			"dynamodb:UpdateItem JobsRunsTable.Arn",
			"iam:PassRole JobsSchedulesRolereports.Arn",
			"logs:CreateLogStream JobsWorkerreportsLogs.Arn",
			"logs:PutLogEvents JobsWorkerreportsLogs.Arn",
			"s3:GetObject <JobsPayloadsBucket.Arn>/checkpoints/*",
			"s3:GetObject <JobsPayloadsBucket.Arn>/dead-letters/*",
			"s3:GetObject <JobsPayloadsBucket.Arn>/inputs/*",
			"s3:GetObject <JobsPayloadsBucket.Arn>/long-inputs/*",
			"s3:GetObject <JobsPayloadsBucket.Arn>/results/*",
			"s3:ListBucket JobsPayloadsBucket.Arn",
			"s3:PutObject <JobsPayloadsBucket.Arn>/checkpoints/*",
			"s3:PutObject <JobsPayloadsBucket.Arn>/dead-letters/*",
			"s3:PutObject <JobsPayloadsBucket.Arn>/inputs/*",
			"s3:PutObject <JobsPayloadsBucket.Arn>/long-inputs/*",
			"s3:PutObject <JobsPayloadsBucket.Arn>/results/*",
			"scheduler:CreateSchedule arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>/*",
			"sqs:ChangeMessageVisibility JobsQueuereportsQueue.Arn",
			"sqs:DeleteMessage JobsQueuereportsQueue.Arn",
			"sqs:GetQueueAttributes JobsQueuereportsQueue.Arn",
			"sqs:ReceiveMessage JobsQueuereportsQueue.Arn",
			"sqs:SendMessage JobsQueuereportsDeadLetters.Arn",
			"sqs:SendMessage JobsQueuereportsQueue.Arn",
			"sqs:SendMessage JobsQueueurgentQueue.Arn",
		]);
		for (const role of mail.ofType("AWS::IAM::Role")) expect(role.Properties["ManagedPolicyArns"]).toBeUndefined();
	});

	it("lets an operator switch the mappings between the platform's own functions only", () => {
		const { PolicyDocument } = mail.one("AWS::IAM::Policy", "Operator").Properties as {
			PolicyDocument: {
				Statement: readonly { Action: unknown; Condition?: Record<string, Record<string, unknown>> }[];
			};
		};
		const [update, ...more] = PolicyDocument.Statement.filter(({ Action }) =>
			`${Action}`.includes("lambda:UpdateEventSourceMapping"),
		);
		expect(more).toEqual([]);
		expect(update?.Action).toBe("lambda:UpdateEventSourceMapping");
		const arns = update?.Condition?.["ArnLike"]?.["lambda:FunctionArn"] as readonly unknown[];
		expect(arns.map((arn) => target(arn).replace(/[0-9A-F]{8}(?=[.>])/, "")).sort()).toEqual([
			"JobsWorkermailFunction.Arn",
			"JobsWorkerreportsFunction.Arn",
		]);
	});

	it("uses wildcards only for keys inside the folders of its own bucket, and for schedules of its own group", () => {
		const wildcards = mail
			.ofType("AWS::IAM::Policy")
			.flatMap(permissions)
			.filter(({ action, resource }) => action.includes("*") || resource.includes("*"))
			.map(({ action, resource }) => (resource === "*" ? `${action} *` : resource.replace(/[0-9A-F]{8}(?=[.>])/, "")));
		expect([...new Set(wildcards)].sort()).toEqual([
			"<JobsPayloadsBucket.Arn>/checkpoints/*",
			"<JobsPayloadsBucket.Arn>/dead-letters/*",
			"<JobsPayloadsBucket.Arn>/inputs/*",
			"<JobsPayloadsBucket.Arn>/long-inputs/*",
			"<JobsPayloadsBucket.Arn>/results/*",
			// Workers make waits, whose names are hashes.
			"arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>/*",
			"arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>/tick-*",
			// The sweeper's and the operator's: IAM knows no resource for it.
			"scheduler:ListSchedules *",
		]);
	});

	it("writes to a log group of its own that is kept for a month", () => {
		for (const name of ["mail", "reports"]) {
			const logs = mail.one("AWS::Logs::LogGroup", `Worker${name}`);
			expect(logs.Properties["RetentionInDays"]).toBe(30);
			expect(mail.one("AWS::Lambda::Function", `Worker${name}`).Properties["LoggingConfig"]).toEqual({
				LogGroup: { Ref: logs.id },
			});
		}
	});

	it("notes the entry file for the local runtime, relative to the project", () => {
		expect(mail.one("AWS::Lambda::Function", "Workermail").Metadata?.["millrace:bundle"]).toEqual({
			entry: "test/cdk/fixture/worker.ts",
		});
	});
});

describe("a producer", () => {
	it("may send to the queues of the jobs named and put inputs", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "Producer")).map(
			({ action, resource }) => `${action} ${resource.replace(/[0-9A-F]{8}(?=[.>])/g, "")}`,
		);
		expect(rights.sort()).toEqual([
			"s3:PutObject <JobsPayloadsBucket.Arn>/inputs/*",
			"sqs:SendMessage JobsQueuereportsQueue.Arn",
			"sqs:SendMessage JobsQueueurgentQueue.Arn",
		]);
	});

	it("may read runs and results where that is granted", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "Reader")).map(
			({ action, resource }) => `${action} ${resource.replace(/[0-9A-F]{8}(?=[.>])/g, "")}`,
		);
		expect(rights.sort()).toEqual([
			"dynamodb:BatchGetItem JobsRunsTable.Arn",
			"dynamodb:GetItem JobsRunsTable.Arn",
			"dynamodb:Query <JobsRunsTable.Arn>/index/recent",
			"s3:GetObject <JobsPayloadsBucket.Arn>/results/*",
			"s3:ListBucket JobsPayloadsBucket.Arn",
		]);
	});
});

describe("an operator", () => {
	it("may look after queues, dead letters and mappings of the platform, and nothing else", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "Operator")).map(
			({ action, resource }) => `${action} ${resource.replace(/[0-9A-F]{8}(?=[.>])/g, "")}`,
		);
		const classes = ["urgent", "bulkmail", "reports"];
		const mapping = (name: string) =>
			rights.filter((right) => right.includes(`From${name}`)).map((right) => right.split(" ")[0]);
		for (const name of classes) {
			expect(mapping(name).sort()).toEqual([
				"lambda:GetEventSourceMapping",
				"lambda:ListTags",
				"lambda:TagResource",
				"lambda:UntagResource",
				"lambda:UpdateEventSourceMapping",
			]);
		}
		expect(rights).toEqual(
			expect.arrayContaining(["scheduler:ListSchedules *", "dynamodb:BatchWriteItem JobsRunsTable.Arn"]),
		);
		expect(rights.filter((right) => right.startsWith("sqs:") || right.startsWith("s3:")).sort()).toEqual(
			[
				...classes.flatMap((name) => [
					`sqs:ChangeMessageVisibility JobsQueue${name}DeadLetters.Arn`,
					`sqs:DeleteMessage JobsQueue${name}DeadLetters.Arn`,
					`sqs:ReceiveMessage JobsQueue${name}DeadLetters.Arn`,
					`sqs:GetQueueAttributes JobsQueue${name}DeadLetters.Arn`,
					`sqs:GetQueueAttributes JobsQueue${name}Queue.Arn`,
					`sqs:PurgeQueue JobsQueue${name}DeadLetters.Arn`,
					`sqs:PurgeQueue JobsQueue${name}Queue.Arn`,
					`sqs:SendMessage JobsQueue${name}Queue.Arn`,
				]),
				"s3:GetObject <JobsPayloadsBucket.Arn>/dead-letters/*",
				"s3:GetObject <JobsPayloadsBucket.Arn>/inputs/*",
				"s3:GetObject <JobsPayloadsBucket.Arn>/long-inputs/*",
				"s3:ListBucket JobsPayloadsBucket.Arn",
				"s3:PutObject <JobsPayloadsBucket.Arn>/inputs/*",
			].sort(),
		);
	});
});
