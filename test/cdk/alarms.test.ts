/** Alarms of a platform, as CloudFormation gets them: no emulator evaluates them, so these facts are what is tested. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobPlatform, type JobPlatformProps } from "../../cdk/job-platform.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";
import { noticeIn } from "../../shared/wire/alarm-notice.ts";
import { permissions, type Resource, type Synthesized, synthesize } from "./synthesize.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-alarms-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const classes = [
	defineQueueClass({ name: "critical", promise: "p", alarms: { depth: { CRITICAL: 101 }, ageSeconds: 60 } }),
	// The acceptance list's: "default" above 5,000, and runs of payments that failed for good are critical.
	defineQueueClass({ name: "default", promise: "p", alarms: { depth: { WARNING: 5_001 } } }),
	defineQueueClass({ name: "payments", promise: "p", alarms: { deadLetters: "CRITICAL" } }),
	defineQueueClass({ name: "usual", promise: "p" }),
	defineQueueClass({ name: "silent", promise: "p", alarms: false }),
];
const catalogue = defineCatalogue({
	workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: classes })],
	jobs: [],
});
const entry = new URL("fixture/worker.ts", import.meta.url);

const platform = (alarms?: JobPlatformProps["alarms"]): Synthesized =>
	synthesize((app) => {
		const stack = new Stack(app, "Alarmed");
		new JobPlatform(stack, "Jobs", {
			...{ catalogue, workers: { workers: { entry } }, bundleFolder: folder },
			...(alarms === undefined ? {} : { alarms }),
		});
		return stack;
	});

const noticeOf = ({ Properties }: Resource) => noticeIn(String(Properties["AlarmDescription"]));

describe("alarms", () => {
	let made: Synthesized;
	beforeAll(() => {
		made = platform({
			runbooks: "https://docs.example.test/runbooks/",
			slackWebhookParameter: "/aws/reference/secretsmanager/team/slack",
		});
	});

	it("are those of each class at its own levels, of each group, and of the platform", () => {
		const alarms = made.ofType("AWS::CloudWatch::Alarm").map((alarm) => {
			const { kind, level, about } = noticeOf(alarm) ?? expect.fail(`${alarm.id} has no notice`);
			const { Threshold, EvaluationPeriods, DatapointsToAlarm, TreatMissingData } = alarm.Properties;
			// Of the sweeper it is silence that is told.
			expect(TreatMissingData).toBe(kind === "sweeper" ? "breaching" : "notBreaching");
			return [about ?? "", kind, level, Threshold, `${DatapointsToAlarm ?? EvaluationPeriods}/${EvaluationPeriods}`];
		});
		expect(alarms).toEqual([
			["critical", "depth", "CRITICAL", 101, "3/5"],
			["critical", "age", "WARNING", 60, "3/5"],
			["critical", "dead-letters", "WARNING", 1, "1/1"],
			["critical", "no-consumer", "CRITICAL", 1, "15/15"],
			["default", "depth", "WARNING", 5_001, "3/5"],
			["default", "age", "WARNING", 900, "3/5"],
			["default", "dead-letters", "WARNING", 1, "1/1"],
			["default", "no-consumer", "CRITICAL", 1, "15/15"],
			["payments", "depth", "INFO", 20, "3/5"],
			["payments", "depth", "WARNING", 50, "3/5"],
			["payments", "depth", "CRITICAL", 100, "3/5"],
			["payments", "age", "WARNING", 900, "3/5"],
			["payments", "dead-letters", "CRITICAL", 1, "1/1"],
			["payments", "no-consumer", "CRITICAL", 1, "15/15"],
			["usual", "depth", "INFO", 20, "3/5"],
			["usual", "depth", "WARNING", 50, "3/5"],
			["usual", "depth", "CRITICAL", 100, "3/5"],
			["usual", "age", "WARNING", 900, "3/5"],
			["usual", "dead-letters", "WARNING", 1, "1/1"],
			["usual", "no-consumer", "CRITICAL", 1, "15/15"],
			["workers", "errors", "CRITICAL", 5, "1/1"],
			["workers", "failed-runs", "CRITICAL", 25, "1/1"],
			["workers", "throttles", "WARNING", 1, "1/1"],
			["", "overdue-leases", "WARNING", 1, "1/1"],
			["", "missed-ticks", "WARNING", 1, "1/1"],
			["", "sweeper", "WARNING", 1, "2/2"],
			["", "untold", "WARNING", 1, "1/1"],
		]);
	});

	it("tell that no sweep was, by the metric that each one writes", () => {
		expect(made.one("AWS::CloudWatch::Alarm", "AlarmsSweeper").Properties).toMatchObject({
			...{ Namespace: "Millrace/Alarmed", MetricName: "SweepRunsLookedAt", Statistic: "SampleCount", Period: 1_800 },
			Dimensions: [{ Name: "service", Value: "sweeper" }],
			ComparisonOperator: "LessThanThreshold",
		});
	});

	it("know the levels next to their own, so that a chat is told once of what several say", () => {
		const notices = made.ofType("AWS::CloudWatch::Alarm").map(noticeOf);
		expect(
			notices
				.filter((notice) => notice?.kind === "depth" && ["usual", "default"].includes(notice.about ?? ""))
				.map((notice) => [notice?.level, notice?.below, notice?.above]),
		).toEqual([
			["WARNING", undefined, undefined],
			["INFO", undefined, 50],
			["WARNING", 20, 100],
			["CRITICAL", 50, undefined],
		]);
	});

	it("have one above them for each class", () => {
		const composites = made.ofType("AWS::CloudWatch::CompositeAlarm");
		expect(composites.map((alarm) => noticeOf(alarm)?.about)).toEqual(["critical", "default", "payments", "usual"]);
		const rule = JSON.stringify(composites[3]?.Properties["AlarmRule"]);
		for (const part of ["DepthCRITICAL", "Age", "DeadLetters", "NoConsumer"]) expect(rule).toContain(`usual${part}`);
		expect(rule).not.toContain("DepthINFO");
	});

	it("look at the queue that they are about", () => {
		const dead = made.one("AWS::CloudWatch::Alarm", "usualDeadLetters").Properties;
		expect(dead["MetricName"]).toBe("ApproximateNumberOfMessagesVisible");
		expect(JSON.stringify(dead["Dimensions"])).toMatch(/Queueusual\w*DeadLetters/);
		const depth = made.one("AWS::CloudWatch::Alarm", "usualDepthINFO").Properties;
		expect(JSON.stringify(depth["Dimensions"])).toMatch(/Queueusual\w*Queue/);
	});

	it("tell who reads along each change once, and wake somebody at each critical one by itself; when they begin and when they are over", () => {
		const [topic, paging] = ["AlarmsTopic", "AlarmsPageTopic"].map((id) => made.one("AWS::SNS::Topic", id).id);
		const told = (alarm: Resource): readonly (string | undefined)[] => {
			const actions = (alarm.Properties["AlarmActions"] ?? []) as readonly { readonly Ref: string }[];
			expect(alarm.Properties["OKActions"] ?? []).toEqual(actions);
			return actions.map(({ Ref }) => Ref);
		};
		// On for a dead letter, it would say nothing of a consumer that dies then.
		for (const composite of made.ofType("AWS::CloudWatch::CompositeAlarm")) expect(told(composite)).toEqual([]);
		const wakes: (readonly (string | undefined)[])[] = [];
		for (const alarm of made.ofType("AWS::CloudWatch::Alarm")) {
			const { kind, about } = noticeOf(alarm) ?? {};
			if (told(alarm).includes(paging)) wakes.push([about, kind]);
			expect(told(alarm).filter((audience) => audience !== paging)).toEqual([topic]);
		}
		expect(wakes).toEqual([
			["critical", "depth"],
			["critical", "no-consumer"],
			["default", "no-consumer"],
			["payments", "depth"],
			["payments", "dead-letters"],
			["payments", "no-consumer"],
			["usual", "depth"],
			["usual", "no-consumer"],
			["workers", "errors"],
			["workers", "failed-runs"],
		]);
		expect(made.ofType("AWS::SNS::Subscription").map(({ Properties }) => Properties["TopicArn"])).toEqual([
			{ Ref: topic },
		]);
	});

	it("tell of a group whose runs fail, by what its workers count, from three failures on", () => {
		const [share, ...counts] = made.one("AWS::CloudWatch::Alarm", "FailedRunsworkers").Properties["Metrics"] as [
			{ readonly Expression: string },
			...{ readonly Id: string; readonly MetricStat: { readonly Metric: object; readonly Period: number } }[],
		];
		expect(share.Expression).toBe("IF(failed >= 3, 100 * failed / (failed + succeeded), 0)");
		expect(counts.map(({ Id, MetricStat: { Metric, Period } }) => [Id, Metric, Period])).toEqual(
			["Failed", "Succeeded"].map((how) => [
				how.toLowerCase(),
				{
					...{ Namespace: "Millrace/Alarmed", MetricName: `GroupRuns${how}` },
					Dimensions: [{ Name: "service", Value: "workers" }],
				},
				900,
			]),
		);
	});

	it("link to a runbook that there is", () => {
		const pages = [...made.ofType("AWS::CloudWatch::Alarm"), ...made.ofType("AWS::CloudWatch::CompositeAlarm")].map(
			(alarm) => noticeOf(alarm)?.runbook ?? "",
		);
		expect(new Set(pages).size).toBe(12);
		for (const page of pages) {
			expect(page).toMatch(/^https:\/\/docs\.example\.test\/runbooks\/[a-z-]+\.md$/);
			expect(existsSync(page.replace("https://docs.example.test", "docs"))).toBe(true);
		}
	});

	it("are told to Slack by a function that may do that and no more, its webhook in no template", () => {
		const rights = made
			.ofType("AWS::IAM::Policy")
			.filter(({ id }) => id.includes("AlertsRole"))
			.flatMap((policy) => permissions(policy))
			.map(({ action, resource }) => `${action} ${resource}`)
			.toSorted();
		expect(rights.map((right) => right.replace(/arn:<AWS::Partition>/g, "arn"))).toEqual([
			"dynamodb:GetItem JobsRunsTableA4B1C34B.Arn",
			"dynamodb:PutItem JobsRunsTableA4B1C34B.Arn",
			"logs:CreateLogStream JobsAlertsLogs82C92ACB.Arn",
			"logs:PutLogEvents JobsAlertsLogs82C92ACB.Arn",
			"secretsmanager:GetSecretValue arn:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:team/slack-??????",
			"sqs:GetQueueAttributes JobsAlertsUntold10843053.Arn",
			"sqs:GetQueueAttributes JobsQueuecriticalDeadLetters530FFF1C.Arn",
			"sqs:GetQueueAttributes JobsQueuecriticalQueue0656259D.Arn",
			"sqs:GetQueueAttributes JobsQueuedefaultDeadLetters5236A51B.Arn",
			"sqs:GetQueueAttributes JobsQueuedefaultQueue9D033DE7.Arn",
			"sqs:GetQueueAttributes JobsQueuepaymentsDeadLetters8724C4E8.Arn",
			"sqs:GetQueueAttributes JobsQueuepaymentsQueue433C97C7.Arn",
			"sqs:GetQueueAttributes JobsQueuesilentDeadLetters778D1E4D.Arn",
			"sqs:GetQueueAttributes JobsQueuesilentQueue8D5F1A3D.Arn",
			"sqs:GetQueueAttributes JobsQueueusualDeadLettersC0D849EB.Arn",
			"sqs:GetQueueAttributes JobsQueueusualQueueBBBE35B5.Arn",
			"sqs:GetQueueUrl JobsAlertsUntold10843053.Arn",
			"sqs:SendMessage JobsAlertsUntold10843053.Arn",
			"ssm:GetParameter arn:ssm:<AWS::Region>:<AWS::AccountId>:parameter/aws/reference/secretsmanager/team/slack",
			"ssm:GetParameter arn:ssm:<AWS::Region>:<AWS::AccountId>:parameter<JobsAddressesPlatform1615F34B>",
		]);
		expect(JSON.stringify(made.one("AWS::Lambda::Function", "Alerts").Properties["Environment"])).not.toContain(
			"https",
		);
	});

	it("are not there, nor a topic, when they are not wanted; and without a webhook nobody is told", () => {
		const none = platform(false);
		for (const type of ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::SNS::Topic"])
			expect(none.ofType(type)).toEqual([]);
		const quiet = platform();
		expect(quiet.ofType("AWS::Lambda::Function").filter(({ id }) => id.includes("Alerts"))).toEqual([]);
		expect(quiet.ofType("AWS::SNS::Topic")).toHaveLength(2);
		// Nobody reads the links in a chat.
		expect(quiet.messages.filter((message) => message.includes("docs/runbooks"))).toEqual([]);
		expect(quiet.ofType("AWS::CloudWatch::Alarm").filter(({ id }) => id.includes("Untold"))).toEqual([]);
	});

	it.each([undefined, "wiki/runbooks"])("warn at synth when a chat would be told to read %s", (runbooks) => {
		const linked = platform({ slackWebhookParameter: "/team/slack", ...(runbooks === undefined ? {} : { runbooks }) });
		expect(linked.messages.filter((message) => message.includes("alarms.runbooks"))).toEqual([
			expect.stringContaining(`link to "${runbooks ?? "docs/runbooks"}", which is no address there`),
		]);
	});

	it("refuse a level of dead letters that there is not", () => {
		const bad = defineQueueClass({ name: "bad", promise: "p", alarms: { deadLetters: "URGENT" as "CRITICAL" } });
		expect(() =>
			defineCatalogue({ workerGroups: [defineWorkerGroup({ name: "g", queueClasses: [bad] })], jobs: [] }),
		).toThrow("alarms.deadLetters must be one of INFO, WARNING, CRITICAL; got URGENT");
	});

	it("refuse levels that do not rise, with the numbers", () => {
		const bad = defineQueueClass({
			name: "bad",
			promise: "p",
			alarms: { depth: { INFO: 50, WARNING: 20 }, ageSeconds: 5 },
		});
		expect(() =>
			defineCatalogue({ workerGroups: [defineWorkerGroup({ name: "g", queueClasses: [bad] })], jobs: [] }),
		).toThrow("alarms.depth must rise from INFO over WARNING to CRITICAL; got INFO 50, WARNING 20, CRITICAL -");
	});
});
