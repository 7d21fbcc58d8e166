/** Dashboards of a platform, as CloudFormation gets them: no emulator draws them, so these facts are what is tested. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { JobPlatform } from "../../cdk/job-platform.ts";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { crontab, defineJob, defineQueueClass, defineSchedule, defineWorkerGroup } from "../../shared/job/index.ts";
import { joined, permissions, type Resource, type Synthesized, synthesize } from "./synthesize.ts";

const folder = mkdtempSync(join(tmpdir(), "millrace-dashboards-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const critical = defineQueueClass({ name: "critical", promise: "p", maxConcurrency: 4 });
const usual = defineQueueClass({ name: "usual", promise: "p", alarms: false });
const other = defineQueueClass({ name: "other", promise: "p", breaker: false });
const sum = defineJob({
	...{ name: "sum", description: "d", queueClass: critical, input: z.strictObject({ of: z.array(z.number()) }) },
	output: z.number(),
});
const catalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "first", queueClasses: [critical, usual], memoryMb: 1024, concurrencyMax: 5 }),
		defineWorkerGroup({ name: "second", queueClasses: [other] }),
	],
	jobs: [sum],
	schedules: [defineSchedule({ name: "nightly", job: sum, input: { of: [1] }, cron: crontab({ hour: 2, minute: 0 }) })],
});
const entry = new URL("fixture/worker.ts", import.meta.url);

const platform = (dashboards?: boolean): Synthesized =>
	synthesize((app) => {
		const stack = new Stack(app, "Shown");
		new JobPlatform(stack, "Jobs", {
			...{ catalogue, workers: { first: { entry }, second: { entry } }, bundleFolder: folder },
			...(dashboards === undefined ? {} : { dashboards }),
		});
		return stack;
	});

interface CloudWatchWidget {
	readonly type: string;
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
	readonly properties: Readonly<Record<string, unknown>>;
}

/** The body as CloudWatch gets it, references as `<logical id>`. */
const bodyOf = ({ Properties }: Resource): { readonly widgets: readonly CloudWatchWidget[] } =>
	JSON.parse(joined(Properties["DashboardBody"]));

type Row = readonly unknown[];
const rowsOf = (widget: CloudWatchWidget): readonly Row[] => widget.properties["metrics"] as readonly Row[];

describe("dashboards", () => {
	let made: Synthesized;
	let widgets: readonly CloudWatchWidget[];
	const titled = (title: string): CloudWatchWidget =>
		widgets.find(({ properties }) => properties["title"] === title) ?? expect.fail(`no widget ${title}`);
	beforeAll(() => {
		made = platform();
		widgets = bodyOf(made.one("AWS::CloudWatch::Dashboard", "overview")).widgets;
	});

	it("are one overview and one for each worker group", () => {
		const names = made
			.ofType("AWS::CloudWatch::Dashboard")
			.map(({ Properties }) => joined(Properties["DashboardName"]));
		expect(names).toEqual([
			"Shown-overview-<AWS::Region>",
			"Shown-group-first-<AWS::Region>",
			"Shown-group-second-<AWS::Region>",
		]);
	});

	it("show all that the overview is to show", () => {
		expect(widgets.map(({ properties }) => properties["title"] ?? "(text)")).toEqual([
			"(text)",
			"Runs by how they ended",
			"Success",
			"Duration of the slowest job's runs",
			"Messages that wait",
			"Age of the oldest message",
			"Messages in flight",
			"Runs that perform at the same time, and the exact caps",
			"Invocations at the same time, and the most there can be",
			"Retries, deferrals, lost workers",
			"Dead letters",
			"Failed attempts by class of error",
			"Circuit breakers that opened",
			"Schedules: fired, skipped, missed, made up for",
			"Cost of the work today (24 hours), in US dollars",
			"Alarms",
			"Recent runs",
			"Dead letters",
			"Schedules",
			"Rate limits",
			"Circuit breakers",
			"One run",
		]);
	});

	it("overlap nowhere and stay within the 24 columns", () => {
		for (const dashboard of made.ofType("AWS::CloudWatch::Dashboard")) {
			const all = bodyOf(dashboard).widgets;
			const cells = all.flatMap(({ x, y, width, height }) =>
				Array.from({ length: width * height }, (_, at) => `${x + (at % width)},${y + Math.floor(at / width)}`),
			);
			expect(new Set(cells).size).toBe(cells.length);
			expect(Math.max(...all.map(({ x, width }) => x + width))).toBeLessThanOrEqual(24);
		}
	});

	it("sum what the jobs of all groups count", () => {
		expect(rowsOf(titled("Success"))).toEqual([
			[
				{
					expression: `(100 * FILL(SUM(SEARCH('{"Millrace/Shown",service,job} MetricName="RunsSucceeded" AND (service="first" OR service="second")', 'Sum')), 0) / (FILL(SUM(SEARCH('{"Millrace/Shown",service,job} MetricName="RunsSucceeded" AND (service="first" OR service="second")', 'Sum')), 0) + FILL(SUM(SEARCH('{"Millrace/Shown",service,job} MetricName="RunsFailed" AND (service="first" OR service="second")', 'Sum')), 0)))`,
					id: "e1",
					label: "succeeded of what succeeded or failed",
				},
			],
		]);
	});

	it("name queues and functions by what the template makes", () => {
		expect(rowsOf(titled("Messages that wait")).slice(0, 3)).toEqual(
			["critical", "usual", "other"].map((name, index) => [
				"AWS/SQS",
				"ApproximateNumberOfMessagesVisible",
				"QueueName",
				`<${made.one("AWS::SQS::Queue", `Queue${name}Queue`).id}.QueueName>`,
				{ id: `m${index + 1}`, stat: "Maximum", visible: false },
			]),
		);
		const { properties } = titled("Invocations at the same time, and the most there can be");
		// Of critical's 4 and usual's 10, of which no more than 6 are of use in a group of 5.
		expect(properties["annotations"]).toEqual({
			horizontal: [
				{ label: "first at most", value: 10 },
				{ label: "second at most", value: 10 },
			],
		});
	});

	it("draw a group's exact cap beside how many of its runs perform, not how often it may be invoked", () => {
		const active = titled("Runs that perform at the same time, and the exact caps");
		expect(active.properties["annotations"]).toEqual({ horizontal: [{ label: "first exactly at most", value: 5 }] });
		expect(rowsOf(active)).toEqual([
			[
				{
					expression: `(MAX(SEARCH('{"Millrace/Shown",service} MetricName="GroupRunsActive" AND (service="first")', 'Maximum')))`,
					...{ id: "e1", label: "first" },
				},
			],
			[
				{
					expression: `(MAX(SEARCH('{"Millrace/Shown",service} MetricName="GroupRunsActive" AND (service="second")', 'Maximum')))`,
					...{ id: "e2", label: "second, in one worker" },
				},
			],
		]);
	});

	it("use every metric they hide, under ids of their own", () => {
		for (const dashboard of made.ofType("AWS::CloudWatch::Dashboard")) {
			for (const widget of bodyOf(dashboard).widgets.filter(({ type }) => type === "metric")) {
				const options = rowsOf(widget).map((row) => row.at(-1) as { id: string; expression?: string });
				expect(new Set(options.map(({ id }) => id)).size).toBe(options.length);
				const text = options.map(({ expression = "" }) => expression).join("\n");
				for (const { id, expression } of options)
					if (expression === undefined) expect(text).toMatch(new RegExp(`\\b${id}\\b`));
			}
		}
	});

	it("reckon the cost of the day from the prices, the groups' memory included", () => {
		const { properties } = titled("Cost of the work today (24 hours), in US dollars");
		expect(properties).toMatchObject({
			view: "singleValue",
			start: "-PT24H",
			period: 86_400,
			setPeriodToTimeRange: true,
		});
		const rows = rowsOf(titled("Cost of the work today (24 hours), in US dollars"));
		const [, metricName, , , { id }] = rows.find((row) => row[1] === "Duration") as [
			string,
			string,
			string,
			string,
			{ id: string },
		];
		expect(metricName).toBe("Duration");
		const lambda = rows
			.map((row) => row.at(-1) as { label?: string; expression?: string })
			.find(({ label }) => label === "Lambda");
		expect(lambda?.expression).toContain(`((FILL(${id}, 0) * 0.0000133334) * 0.001)`);
		expect(rows.filter((row) => row[0] === "AWS/DynamoDB").map((row) => row.slice(1, -1).length)).toEqual([3, 5, 3, 5]);
	});

	it("link to each other, list alarms, and hold the widgets of the function", () => {
		const [text] = widgets;
		expect(text?.properties["markdown"]).toContain(
			"[button:first](#dashboards/dashboard/Shown-group-first-<AWS::Region>)",
		);
		const alarms = titled("Alarms").properties["alarms"] as readonly string[];
		expect(alarms).toHaveLength(
			made.ofType("AWS::CloudWatch::Alarm").length + made.ofType("AWS::CloudWatch::CompositeAlarm").length,
		);
		const second = bodyOf(made.one("AWS::CloudWatch::Dashboard", "second")).widgets;
		const own = second.find(({ type }) => type === "alarm")?.properties["alarms"] as readonly string[];
		for (const arn of own) expect(arn).toMatch(/second|other/);
		const custom = widgets.filter(({ type }) => type === "custom");
		expect(custom.map(({ properties }) => (properties["params"] as { widget: string }).widget)).toEqual([
			...["runs", "dead-letters", "schedules", "limits", "breakers", "run"],
		]);
		const endpoint = `<${made.one("AWS::Lambda::Function", "Widgets").id}.Arn>`;
		for (const { properties } of custom) {
			expect(properties["endpoint"]).toBe(endpoint);
			expect(JSON.stringify(properties["params"])).not.toContain("action");
		}
	});

	it("give the widgets function the catalogue beside its code, and these rights alone", () => {
		const card = JSON.parse(readFileSync(join(folder, "Shown/Jobs/_widgets/catalogue.json"), "utf8"));
		expect(card.jobs).toEqual([{ name: "sum", aliases: [], description: "d", queueClass: "critical" }]);
		expect(card.schedules).toMatchObject([{ name: "nightly", queueClass: "critical", input: { of: [1] } }]);
		const rights = made
			.ofType("AWS::IAM::Policy")
			.filter(({ id }) => id.includes("WidgetsRole"))
			.flatMap((policy) => permissions(policy))
			.map(
				({ action, resource }) =>
					`${action} ${resource.replace(/[0-9A-F]{8}(?=\b|\.)/g, "").replace(/arn:<[^>]+>/, "arn")}`,
			);
		expect([...new Set(rights)].toSorted()).toMatchInlineSnapshot(`
			[
			  "dynamodb:BatchGetItem JobsRunsTable.Arn",
			  "dynamodb:DeleteItem JobsRunsTable.Arn",
			  "dynamodb:GetItem JobsRunsTable.Arn",
			  "dynamodb:Query <JobsRunsTable.Arn>/index/recent",
			  "dynamodb:UpdateItem JobsRunsTable.Arn",
			  "iam:PassRole JobsSchedulesRolefirst.Arn",
			  "iam:PassRole JobsSchedulesRolesecond.Arn",
			  "lambda:GetEventSourceMapping arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkerfirstFromcritical>",
			  "lambda:GetEventSourceMapping arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkerfirstFromusual>",
			  "lambda:GetEventSourceMapping arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkersecondFromother>",
			  "lambda:ListTags arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkerfirstFromcritical>",
			  "lambda:ListTags arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkerfirstFromusual>",
			  "lambda:ListTags arn:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:<JobsWorkersecondFromother>",
			  "logs:CreateLogStream JobsDashboardsWidgetsLogs.Arn",
			  "logs:PutLogEvents JobsDashboardsWidgetsLogs.Arn",
			  "s3:GetObject <JobsPayloadsBucket.Arn>/dead-letters/*",
			  "s3:GetObject <JobsPayloadsBucket.Arn>/inputs/*",
			  "s3:GetObject <JobsPayloadsBucket.Arn>/long-inputs/*",
			  "s3:ListBucket JobsPayloadsBucket.Arn",
			  "s3:PutObject <JobsPayloadsBucket.Arn>/inputs/*",
			  "scheduler:GetSchedule arn:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>/tick-*",
			  "scheduler:UpdateSchedule arn:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<JobsSchedulesGroup>/tick-*",
			  "sqs:ChangeMessageVisibility JobsQueuecriticalDeadLetters.Arn",
			  "sqs:ChangeMessageVisibility JobsQueueotherDeadLetters.Arn",
			  "sqs:ChangeMessageVisibility JobsQueueusualDeadLetters.Arn",
			  "sqs:DeleteMessage JobsQueuecriticalDeadLetters.Arn",
			  "sqs:DeleteMessage JobsQueueotherDeadLetters.Arn",
			  "sqs:DeleteMessage JobsQueueusualDeadLetters.Arn",
			  "sqs:GetQueueAttributes JobsQueuecriticalDeadLetters.Arn",
			  "sqs:GetQueueAttributes JobsQueuecriticalQueue.Arn",
			  "sqs:GetQueueAttributes JobsQueueotherDeadLetters.Arn",
			  "sqs:GetQueueAttributes JobsQueueotherQueue.Arn",
			  "sqs:GetQueueAttributes JobsQueueusualDeadLetters.Arn",
			  "sqs:GetQueueAttributes JobsQueueusualQueue.Arn",
			  "sqs:PurgeQueue JobsQueuecriticalDeadLetters.Arn",
			  "sqs:PurgeQueue JobsQueueotherDeadLetters.Arn",
			  "sqs:PurgeQueue JobsQueueusualDeadLetters.Arn",
			  "sqs:ReceiveMessage JobsQueuecriticalDeadLetters.Arn",
			  "sqs:ReceiveMessage JobsQueueotherDeadLetters.Arn",
			  "sqs:ReceiveMessage JobsQueueusualDeadLetters.Arn",
			  "sqs:SendMessage JobsQueuecriticalQueue.Arn",
			  "sqs:SendMessage JobsQueueotherQueue.Arn",
			  "sqs:SendMessage JobsQueueusualQueue.Arn",
			  "ssm:GetParameter arn:ssm:<AWS::Region>:<AWS::AccountId>:parameter<JobsAddressesPlatform>",
			]
		`);
	});

	it("are not there, nor the function, when they are not wanted", () => {
		const none = platform(false);
		expect(none.ofType("AWS::CloudWatch::Dashboard")).toEqual([]);
		expect(none.ofType("AWS::Lambda::Function").filter(({ id }) => id.includes("Widgets"))).toEqual([]);
	});
});
