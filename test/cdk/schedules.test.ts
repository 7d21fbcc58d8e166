/** Where long waits are kept: who may make schedules, and in whose name they send. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { catalogue } from "./fixture/mail-catalogue.ts";
import { joined, permissions, type Synthesized, synthesize } from "./synthesize.ts";

const entry = new URL("fixture/worker.ts", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "millrace-platform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let mail: Synthesized;
beforeAll(() => {
	mail = synthesize((app) => {
		const stack = new Stack(app, "Mail");
		const workers = { mail: { entry }, reports: { entry } };
		const platform = new JobPlatform(stack, "Jobs", { catalogue, workers, bundleFolder: folder });
		const operator = new Role(stack, "Operator", { assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com") });
		platform.grantOperate(operator);
		platform.grantSchedules(new Role(stack, "Maker", { assumedBy: new ServicePrincipal("ec2.amazonaws.com") }));
		return stack;
	});
});

const rightsOf = (policy: string): readonly string[] =>
	permissions(mail.one("AWS::IAM::Policy", policy))
		.map(({ action, resource }) => `${action} ${resource.replace(/[0-9A-F]{8}(?=[.>])/g, "")}`)
		.sort();

it("keeps schedules in one group without a name of its own, which goes with the stack", () => {
	const group = mail.one("AWS::Scheduler::ScheduleGroup");
	expect(group.Properties["Name"]).toBeUndefined();
	expect(group.DeletionPolicy).toBeUndefined();
});

it("lets the scheduler send to a group's own queues and dead-letter queues, and to no others", () => {
	expect(rightsOf("SchedulesRolereports")).toEqual([
		"sqs:SendMessage JobsQueuereportsDeadLetters.Arn",
		"sqs:SendMessage JobsQueuereportsQueue.Arn",
	]);
	expect(rightsOf("SchedulesRolemail")).toHaveLength(4);
});

it("lends the role to schedules of this platform's group in this account only", () => {
	const group = mail.one("AWS::Scheduler::ScheduleGroup");
	expect(mail.one("AWS::IAM::Role", "SchedulesRolereports").Properties["AssumeRolePolicyDocument"]).toMatchObject({
		Statement: [
			{
				Action: "sts:AssumeRole",
				Effect: "Allow",
				Principal: { Service: "scheduler.amazonaws.com" },
				Condition: {
					StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
					ArnEquals: { "aws:SourceArn": { "Fn::GetAtt": [group.id, "Arn"] } },
				},
			},
		],
	});
});

it("lets a worker pass its own group's role to the scheduler and to no other service", () => {
	const { Statement } = mail.one("AWS::IAM::Policy", "Workerreports").Properties["PolicyDocument"] as {
		readonly Statement: readonly {
			readonly Action: unknown;
			readonly Resource: unknown;
			readonly Condition?: unknown;
		}[];
	};
	const passes = Statement.filter(({ Action }) => Action === "iam:PassRole");
	expect(passes.map(({ Condition }) => Condition)).toEqual([
		{ StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
	]);
	expect(joined(passes[0]?.Resource)).toMatch(/^JobsSchedulesRolereports[0-9A-F]{8}\.Arn$/);
});

it("lets an operator take waits back, and make and change what ticks for any group, but not the sweeper's schedule", () => {
	const group = "arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>";
	expect(rightsOf("Operator").filter((right) => /scheduler|PassRole/.test(right))).toEqual([
		"iam:PassRole JobsSchedulesRolemail.Arn",
		"iam:PassRole JobsSchedulesRolereports.Arn",
		`scheduler:CreateSchedule ${group}/tick-*`,
		`scheduler:DeleteSchedule ${group}/${"?".repeat(31)}.${"?".repeat(32)}`,
		`scheduler:DeleteSchedule ${group}/tick-*`,
		`scheduler:GetSchedule ${group}/tick-*`,
		// What asks whether a run still waits; it takes no resource (cdk/constructs/schedules.ts).
		"scheduler:ListSchedules *",
		`scheduler:UpdateSchedule ${group}/tick-*`,
	]);
	expect(mail.one("AWS::Scheduler::Schedule", "Sweeper").Properties["Name"]).toBe("sweeper");
});

it("lets a service that makes schedules reach what ticks, and neither waits nor the sweeper's schedule", () => {
	const reached = rightsOf("Maker").filter((right) => right.startsWith("scheduler:"));
	expect(reached.map((right) => right.replace(/ .*>\//, " "))).toEqual([
		"scheduler:CreateSchedule tick-*",
		"scheduler:DeleteSchedule tick-*",
		"scheduler:GetSchedule tick-*",
		"scheduler:UpdateSchedule tick-*",
	]);
});

it("tells operators the group, and the role of each worker group once", () => {
	const address = joined(mail.outputs["MillracePlatform"]?.Value).replace(/[0-9A-F]{8}>/g, ">");
	expect(JSON.parse(address)).toMatchObject({
		queues: { urgent: { group: "mail" }, "bulk-mail": { group: "mail" }, reports: { group: "reports" } },
	});
	expect(JSON.parse(address.replace(/[0-9A-F]{8}\./g, "."))["schedules"]).toEqual({
		group: "<JobsSchedulesGroup>",
		roles: { mail: "<JobsSchedulesRolemail.Arn>", reports: "<JobsSchedulesRolereports.Arn>" },
	});
});

it("keeps large inputs of long waits for the longest wait and a month", () => {
	const rules = mail.one("AWS::S3::Bucket").Properties["LifecycleConfiguration"] as {
		readonly Rules: readonly { readonly Prefix?: string; readonly ExpirationInDays?: number }[];
	};
	expect(rules.Rules.find(({ Prefix }) => Prefix === "long-inputs/")?.ExpirationInDays).toBe(396);
});
