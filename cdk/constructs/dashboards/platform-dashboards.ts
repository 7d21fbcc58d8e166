/**
 * The dashboards of a platform. CloudWatch bills a dashboard at $3 a month beyond the first three of an account: `dashboards: false` makes none.
 * The description lies in each one's Metadata, where the local runtime finds what to draw.
 */
import { Stack } from "aws-cdk-lib";
import { type AlarmBase, CfnDashboard } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { DASHBOARD_METADATA, type Dashboard } from "../../../shared/dashboards/dashboard.ts";
import { describeDashboards } from "../../../shared/dashboards/describe-dashboards.ts";
import { invariant } from "../../../shared/kernel/errors.ts";
import { runTable } from "../../../shared/wire/run-table.ts";
import { metricsNamespace } from "../metrics-namespace.ts";
import type { QueueClass } from "../queue-class.ts";
import type { WorkerGroup } from "../worker-group.ts";
import { cloudWatchBody, type DeployedNames } from "./cloudwatch-body.ts";
import { WidgetsFunction, type WidgetsFunctionProps } from "./widgets-function.ts";

export interface PlatformDashboardsProps extends Omit<WidgetsFunctionProps, "queueClasses" | "mappings"> {
	/** By name. */
	readonly queueClasses: ReadonlyMap<string, QueueClass>;
	/** By name. */
	readonly workerGroups: ReadonlyMap<string, WorkerGroup>;
	/** What each is about: a queue class, a worker group, or the platform. Empty: no widget shows them. */
	readonly alarms: readonly { readonly alarm: AlarmBase; readonly about?: string }[];
}

/** CloudWatch shows no more in one widget. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html (2026-11-21) */
const ALARMS_MAX = 100;

export class PlatformDashboards extends Construct {
	/** By the name under which each is described. */
	readonly dashboards: ReadonlyMap<string, CfnDashboard>;

	constructor(scope: Construct, id: string, props: PlatformDashboardsProps) {
		super(scope, id);
		const { queueClasses, workerGroups, alarms } = props;
		const groups = [...workerGroups.values()].map(({ definition, invocationsMax }) => ({
			...definition,
			invocationsMax,
		}));
		const described = describeDashboards({ workerGroups: groups, alarms: alarms.length > 0 });
		const widgets = new WidgetsFunction(this, "Widgets", {
			...{ ...props, queueClasses: [...queueClasses.values()] },
			mappings: [...workerGroups.values()].flatMap((group) => [...group.mappings.values()]),
		});
		const stack = Stack.of(this);
		const queueClassNamed = (name: string): QueueClass => known(queueClasses.get(name), name);
		const names: Omit<DeployedNames, "dashboardName"> = {
			region: stack.region,
			metricsNamespace: metricsNamespace(this),
			tableName: props.runTable.table.tableName,
			indexName: runTable.recentIndex.name,
			scheduleGroup: props.schedules.group.ref,
			widgetsArn: widgets.function.functionArn,
			queueName(name, queue) {
				const { queue: main, deadLetterQueue } = queueClassNamed(name);
				return (queue === "main" ? main : deadLetterQueue).queueName;
			},
			functionName: (name) => known(workerGroups.get(name), name).function.functionName,
			alarmArns(group) {
				const classes = group === undefined ? [] : known(workerGroups.get(group), group).definition.queueClasses;
				const subjects = [group, ...classes.map(({ name }) => name)];
				return alarms
					.filter(({ about }) => group === undefined || subjects.includes(about))
					.map(({ alarm }) => alarm.alarmArn)
					.slice(0, ALARMS_MAX);
			},
		};
		// The overview links to the others and they to it, which CloudFormation would refuse as a circle of references: so the names are given.
		// An account's regions share one list of them.
		const dashboardName = (name: string): string => `${stack.stackName}-${name}-${stack.region}`;
		this.dashboards = new Map(
			described.map((dashboard) => [dashboard.name, this.#make(dashboard, { ...names, dashboardName })]),
		);
	}

	#make(dashboard: Dashboard, names: DeployedNames): CfnDashboard {
		const made = new CfnDashboard(this, `Dashboard-${dashboard.name}`, {
			dashboardName: names.dashboardName(dashboard.name),
			dashboardBody: Stack.of(this).toJsonString(cloudWatchBody(dashboard, names)),
		});
		made.addMetadata(DASHBOARD_METADATA, dashboard);
		return made;
	}
}

function known<Value>(value: Value | undefined, name: string): Value {
	invariant(value !== undefined, `a dashboard is described of what there is (${name})`);
	return value;
}
