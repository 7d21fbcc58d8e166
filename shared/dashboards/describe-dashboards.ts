/** The dashboards of a platform: one overview, and one for each worker group. Pure. */
import type { DescribedGroup } from "./charts.ts";
import * as charts from "./charts.ts";
import type { Dashboard, WidgetName } from "./dashboard.ts";
import { placeRows, type Row, type UnplacedWidget } from "./place-rows.ts";

export interface DescribedPlatform {
	readonly workerGroups: readonly DescribedGroup[];
	/** Whether there are alarms to show. */
	readonly alarms: boolean;
}

export const OVERVIEW = "overview";
export const groupDashboard = (group: string): string => `group-${group}`;

const custom = (title: string, widget: WidgetName, parameters: Readonly<Record<string, string>> = {}) =>
	({ kind: "custom", title, widget, parameters }) as const satisfies UnplacedWidget;

export function describeDashboards(platform: DescribedPlatform): readonly Dashboard[] {
	return [overview(platform), ...platform.workerGroups.map((group) => ofGroup(group, platform))];
}

function overview({ workerGroups, alarms }: DescribedPlatform): Dashboard {
	const groups = workerGroups;
	return {
		name: OVERVIEW,
		title: "Millrace: overview",
		widgets: placeRows([
			{
				height: 2,
				widgets: [
					{
						kind: "text",
						text: "# Millrace\nAll worker groups together; one dashboard each:",
						links: groups.map(({ name }) => ({ label: name, dashboard: groupDashboard(name) })),
					},
				],
			},
			{ height: 6, widgets: [charts.throughput(groups), charts.successPercent(groups), charts.durations(groups)] },
			{ height: 6, widgets: [charts.depth(groups), charts.oldestAge(groups), charts.inFlight(groups)] },
			{ height: 6, widgets: [charts.active(groups), charts.concurrency(groups), charts.retries(groups)] },
			{ height: 6, widgets: [charts.deadLetters(groups), charts.failuresByClass(groups), charts.breakers(groups)] },
			{ height: 5, widgets: [charts.ticks(groups), charts.costToday(groups)] },
			...alarmRow(alarms),
			{ height: 9, widgets: [custom("Recent runs", "runs"), custom("Dead letters", "dead-letters")] },
			{ height: 8, widgets: [custom("Schedules", "schedules"), custom("Rate limits", "limits")] },
			{ height: 5, widgets: [custom("Circuit breakers", "breakers"), custom("One run", "run")] },
		]),
	};
}

function ofGroup(group: DescribedGroup, { alarms }: DescribedPlatform): Dashboard {
	const groups = [group];
	return {
		name: groupDashboard(group.name),
		title: `Millrace: worker group ${group.name}`,
		widgets: placeRows([
			{
				height: 2,
				widgets: [
					{
						kind: "text",
						text: `# Worker group ${group.name}\nFed by ${group.queueClasses.map(({ name }) => name).join(", ")}.`,
						links: [{ label: "overview", dashboard: OVERVIEW }],
					},
				],
			},
			{
				height: 6,
				widgets: [
					charts.byJob(groups, "RunsSucceeded", "Succeeded, by job"),
					charts.byJob(groups, "RunsFailed", "Failed, by job"),
					charts.byJob(groups, "AttemptsRetried", "Retried, by job"),
				],
			},
			{
				height: 6,
				widgets: [
					charts.durationByJob(groups, "p50"),
					charts.durationByJob(groups, "p95"),
					charts.durationByJob(groups, "p99"),
				],
			},
			{ height: 6, widgets: [charts.depth(groups), charts.oldestAge(groups), charts.deadLetters(groups)] },
			{
				height: 6,
				widgets: [
					charts.active(groups),
					charts.concurrency(groups),
					charts.invocations(groups),
					charts.failuresByClass(groups),
				],
			},
			...alarmRow(alarms, group.name),
			...inPairs(
				group.queueClasses.map(({ name }) => custom(`Dead letters of ${name}`, "dead-letters", { queueClass: name })),
			),
		]),
	};
}

function inPairs(widgets: readonly UnplacedWidget[]): readonly Row[] {
	const starts = widgets.flatMap((_, index) => (index % 2 === 0 ? [index] : []));
	return starts.map((at) => ({ height: 9, widgets: widgets.slice(at, at + 2) }));
}

function alarmRow(alarms: boolean, group?: string): readonly Row[] {
	if (!alarms) return [];
	const about = group === undefined ? {} : { group };
	return [{ height: 4, widgets: [{ kind: "alarms", title: "Alarms", ...about }] }];
}
