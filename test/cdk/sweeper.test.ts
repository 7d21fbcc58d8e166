import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { RUN_ID_PATTERN } from "../../shared/kernel/ids.ts";
import { sweepEventSchema } from "../../shared/wire/sweep-event.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { joined, permissions, type Synthesized, synthesize, target } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-sweeper-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let mail: Synthesized;
beforeAll(() => {
	mail = synthesize((app) => {
		const stack = new Stack(app, "Mail");
		new JobPlatform(stack, "Jobs", {
			catalogue,
			workers: { mail: { entry }, reports: { entry } },
			bundleFolder: folder,
		});
		return stack;
	});
});

const withoutHash = (text: string): string => text.replace(/[0-9A-F]{8}(?=[.>]|$)/g, "");

describe("the sweeper", () => {
	it("is called every 30 minutes by a schedule of the platform's own group, and not again when that fails", () => {
		const schedule = mail.one("AWS::Scheduler::Schedule", "Sweeper");
		expect(schedule.Properties).toMatchObject({
			ScheduleExpression: "rate(30 minutes)",
			FlexibleTimeWindow: { Mode: "OFF" },
			Target: { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
		});
		const { Arn, RoleArn } = schedule.Properties["Target"] as { Arn: unknown; RoleArn: unknown };
		expect([schedule.Properties["GroupName"], Arn, RoleArn].map((value) => withoutHash(target(value)))).toEqual([
			"JobsSchedulesGroup",
			"JobsSweeperFunction.Arn",
			"JobsSchedulesCallersweeper.Arn",
		]);
		expect(
			permissions(mail.one("AWS::IAM::Policy", "Callersweeper")).map(
				({ action, resource }) => `${action} ${withoutHash(resource)}`,
			),
		).toEqual(["lambda:InvokeFunction JobsSweeperFunction.Arn"]);
	});

	it("is told by its schedule where the platform is, and in which class each job's runs are, by every name", () => {
		const { Input } = mail.one("AWS::Scheduler::Schedule", "Sweeper").Properties["Target"] as { Input: unknown };
		const event = sweepEventSchema.parse(JSON.parse(withoutHash(joined(Input).replace(/[0-9A-F]{8}>/g, ">"))));
		expect(event.jobs).toEqual(
			Object.fromEntries(
				catalogue.jobs.flatMap((job) => [job.name, ...job.aliases].map((name) => [name, job.queueClass.name])),
			),
		);
		expect(Object.keys(event.jobs).length).toBeGreaterThan(1);
		expect(event.address).toMatchObject({
			table: "<JobsRunsTable>",
			schedules: { group: "<JobsSchedulesGroup>" },
			queues: { urgent: { url: "<JobsQueueurgentQueue>", mapping: "<JobsWorkermailFromurgent>" } },
		});
	});

	it("has its own role with what a sweep does, and no more", () => {
		const rights = permissions(mail.one("AWS::IAM::Policy", "JobsSweeperRole"))
			.map(({ action, resource }) => `${action} ${withoutHash(resource)}`)
			.sort();
		const ofQueues = ["sqs:GetQueueAttributes", "sqs:SendMessage"].flatMap((action) =>
			["bulkmail", "reports", "urgent"].map((queue) => `${action} JobsQueue${queue}Queue.Arn`),
		);
		const ofMappings = rights.filter((right) => right.startsWith("lambda:"));
		expect(new Set(ofMappings.map((right) => right.split(" ")[0]))).toEqual(
			new Set(["lambda:GetEventSourceMapping", "lambda:ListTags"]),
		);
		expect(ofMappings).toHaveLength(6);
		expect(rights.filter((right) => !right.startsWith("lambda:"))).toEqual([
			"dynamodb:BatchGetItem JobsRunsTable.Arn",
			"dynamodb:BatchWriteItem JobsRunsTable.Arn",
			"dynamodb:GetItem JobsRunsTable.Arn",
			"dynamodb:Query <JobsRunsTable.Arn>/index/recent",
			// Of runs, and of what it remembers itself.
			"dynamodb:UpdateItem JobsRunsTable.Arn",
			"dynamodb:UpdateItem JobsRunsTable.Arn",
			"logs:CreateLogStream JobsSweeperLogs.Arn",
			"logs:PutLogEvents JobsSweeperLogs.Arn",
			"scheduler:ListSchedules *",
			...ofQueues,
		]);
	});

	it("may write rows of runs and items under its own keys: no limiter, slot or remembered effect", () => {
		const { PolicyDocument } = mail.one("AWS::IAM::Policy", "JobsSweeperRole").Properties as {
			PolicyDocument: { Statement: readonly { Action: string | readonly string[]; Condition?: unknown }[] };
		};
		const writes = PolicyDocument.Statement.filter(({ Action }) =>
			/(Update|BatchWrite|Put|Delete)Item/.test(`${Action}`),
		);
		expect(writes.map(({ Action, Condition }) => [Action, Condition])).toEqual([
			["dynamodb:UpdateItem", { "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": ["*#*"] } }],
			[
				["dynamodb:BatchWriteItem", "dynamodb:UpdateItem"],
				{ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["sweep#*"] } },
			],
		]);
		expect(RUN_ID_PATTERN.test("sweep#r")).toBe(false);
		expect(RUN_ID_PATTERN.test("r.1:-_")).toBe(true);
	});

	it("has a bundle of its own, in which no job is", () => {
		expect(mail.one("AWS::Lambda::Function", "Sweeper").Properties).toMatchObject({
			Runtime: "nodejs24.x",
			Architectures: ["arm64"],
			Handler: "index.handler",
			Timeout: 600,
			MemorySize: 512,
		});
		const code = readFileSync(join(folder, "Mail/Jobs/_sweeper/index.mjs"), "utf8");
		expect(code.length).toBeLessThan(450_000);
	});
});
