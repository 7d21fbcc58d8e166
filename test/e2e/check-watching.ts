/**
 * What an operator watches: alarms and dashboards as they were deployed. The emulator evaluates neither, so the alarms are read in the deployed
 * template; the widgets are called as CloudWatch calls them, under the rights of their own function.
 */
import assert from "node:assert/strict";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, GetDashboardCommand } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { noticeIn } from "../../shared/wire/alarm-notice.ts";
import type { Account } from "./account.ts";
import { CREDENTIALS, REGION } from "./cdk.ts";
import type { Report } from "./report.ts";

const perClass = [
	"age WARNING at 900",
	"class WARNING",
	"dead-letters WARNING at 1",
	"depth CRITICAL at 100",
	"depth INFO at 20",
	"depth WARNING at 50",
	"no-consumer CRITICAL at 1",
];
const perGroup = ["errors CRITICAL at 5", "failed-runs CRITICAL at 25", "throttles WARNING at 1"];
/** In this app each class has a group of its own name. */
const alarmsExpected = {
	lineage: [...perClass, ...perGroup].sort(),
	observability: [...perClass, ...perGroup].sort(),
	platform: ["missed-ticks WARNING at 1", "overdue-leases WARNING at 1", "sweeper WARNING at 1"],
};

const widgetsExpected = {
	"Millrace-overview-us-east-1": ["runs", "dead-letters", "schedules", "limits", "breakers", "run"],
	"Millrace-group-lineage-us-east-1": ["dead-letters"],
	"Millrace-group-observability-us-east-1": ["dead-letters"],
};

interface Template {
	readonly Resources: Readonly<
		Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
	>;
}

interface DashboardBody {
	readonly widgets: readonly {
		readonly type: string;
		readonly properties: { readonly endpoint?: string; readonly params?: Readonly<Record<string, unknown>> };
	}[];
}

export async function checkWatching({ check }: Report, account: Account, endpoint: string): Promise<void> {
	const settings = { endpoint, region: REGION, credentials: CREDENTIALS };
	const lambda = new LambdaClient(settings);

	/** As text, as a dashboard shows it. */
	async function callWidget(name: string | undefined, event: object): Promise<string> {
		const { FunctionError, Payload } = await lambda.send(
			new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
		);
		const text: unknown = JSON.parse(new TextDecoder().decode(Payload));
		assert.equal(FunctionError, undefined, JSON.stringify(text));
		assert.ok(typeof text === "string");
		assert.doesNotMatch(text, /class="notice bad"/);
		return text;
	}

	await check(
		"alarms of each class, group and platform are deployed, and what is critical to a topic of its own",
		async () => {
			const template = await readTemplate(new CloudFormationClient(settings));
			const alarms = Object.values(template.Resources).filter(({ Type }) =>
				["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"].includes(Type),
			);
			const found: Record<string, string[]> = {};
			/** Of each level the topics that are told, as one text. */
			const told: Record<string, Set<string>> = {};
			for (const { Properties = {} } of alarms) {
				const notice = noticeIn(String(Properties["AlarmDescription"]));
				const { kind, level, about = "platform" } = notice ?? assert.fail(JSON.stringify(Properties));
				const threshold = Properties["Threshold"];
				found[about] = [
					...(found[about] ?? []),
					`${kind} ${level}${threshold === undefined ? "" : ` at ${threshold}`}`,
				];
				const actions = (Properties["AlarmActions"] ?? []) as readonly unknown[];
				const audience = kind === "class" ? "nobody" : level === "CRITICAL" ? "both" : "one";
				told[audience] = (told[audience] ?? new Set()).add(
					JSON.stringify(actions.map((action) => JSON.stringify(action))),
				);
			}
			for (const list of Object.values(found)) list.sort();
			assert.deepEqual(found, alarmsExpected);
			const counts = Object.entries(told).map(([audience, all]) => [
				audience,
				[...all].map((topics) => new Set(JSON.parse(topics)).size),
			]);
			assert.deepEqual(Object.fromEntries(counts), { nobody: [0], one: [1], both: [2] });
			const there = [...(await account.list())].filter((name) => /^alarm Millrace/.test(name));
			assert.equal(there.length, alarms.length);
			return `${there.length} alarms`;
		},
	);

	await check(
		"three dashboards are deployed, and their widgets answer; one pauses a schedule and lets it go on",
		async () => {
			const cloudWatch = new CloudWatchClient(settings);
			const found: Record<string, unknown[]> = {};
			let widgets: string | undefined;
			for (const DashboardName of Object.keys(widgetsExpected)) {
				const told = await cloudWatch.send(new GetDashboardCommand({ DashboardName }));
				const body: DashboardBody = JSON.parse(told.DashboardBody ?? "{}");
				const custom = body.widgets.filter(({ type }) => type === "custom").map(({ properties }) => properties);
				found[DashboardName] = custom.map(({ params }) => params?.["widget"]);
				for (const { endpoint: name, params } of custom) {
					widgets = name;
					await callWidget(name, { ...params, widgetContext: { theme: "dark", params } });
				}
			}
			assert.deepEqual(found, widgetsExpected);
			assert.match(await callWidget(widgets, { widget: "limits" }), /Profile <b>balanced<\/b>/);
			const schedule = { widget: "schedules", schedule: "freshness-check" };
			assert.match(await callWidget(widgets, { ...schedule, action: "pause-schedule" }), /resume-schedule/);
			assert.doesNotMatch(await callWidget(widgets, { ...schedule, action: "resume-schedule" }), /resume-schedule/);
			return undefined;
		},
	);
}

async function readTemplate(client: CloudFormationClient): Promise<Template> {
	const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: "Millrace" }));
	return JSON.parse(TemplateBody ?? "{}");
}
