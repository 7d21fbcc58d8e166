/** The report of many seeds, for people. */

import type { CoverageReport } from "./coverage.ts";
import { faultKinds } from "./fault-kinds.ts";
import { findings } from "./findings.ts";
import type { Breach } from "./history.ts";
import { stepKinds } from "./steps.ts";
import type { Tally } from "./tally.ts";

export interface ManySeeds {
	readonly from: number;
	readonly seeds: number;
	readonly commit: string;
	readonly seconds: number;
	readonly seedsPerMinute: number;
	readonly failures: readonly {
		readonly seed: number;
		readonly breaches: readonly Breach[];
		readonly shortest: readonly string[] | undefined;
	}[];
	/** Seeds by the open finding that explains them. */
	readonly explained: Readonly<Record<string, number>>;
	readonly tally: Tally;
	readonly coverage: CoverageReport | undefined;
}

export function describeSeeds(report: ManySeeds): string {
	const { tally, coverage, failures } = report;
	const last = report.from + report.seeds - 1;
	const lines = [
		`seeds ${report.from} to ${last}, commit ${report.commit}: ${report.seconds} s, ${report.seedsPerMinute} seeds a minute`,
		...["steps", "jobs", "outages", "states", "telemetry", "performances"].map((group) => listOf(tally, group)),
		"faults:",
		...faultKinds.map((kind) => `  ${kind}: ${callsOf(tally, kind)}`),
		...neverSeen(tally),
		...(coverage === undefined ? [] : describeCoverage(coverage)),
		...Object.entries(report.explained).map(
			([name, count]) => `open: ${name}, in ${count} seeds. ${findings.find((finding) => finding.name === name)?.what}`,
		),
		failures.length === 0 ? "all promises held" : `${failures.length} seeds broke a promise:`,
		...failures.flatMap((failure) => describeFailure(failure, report.commit)),
	];
	return lines.join("\n");
}

const listOf = (tally: Tally, group: string): string =>
	`${group}: ${Object.entries(tally[group] ?? {})
		.sort(([, one], [, other]) => other - one)
		.map(([name, times]) => `${name} ${times}`)
		.join(", ")}`;

function callsOf(tally: Tally, kind: string): string {
	const struck = Object.entries(tally["faults"] ?? {}).filter(([name]) => name.startsWith(`${kind}: `));
	return struck.map(([name, times]) => `${name.slice(kind.length + 2)} ${times}`).join(", ") || "never";
}

function neverSeen(tally: Tally): readonly string[] {
	const never = stepKinds.map(({ name }) => name).filter((name) => tally["steps"]?.[name] === undefined);
	return never.length === 0 ? [] : [`never taken: ${never.join(", ")}`];
}

const describeCoverage = ({ lines, linesRun, neverRun }: CoverageReport): readonly string[] => [
	`engine: ${linesRun} of ${lines} lines ran (${((100 * linesRun) / lines).toFixed(1)} %); ${neverRun.length} branches never taken:`,
	...neverRun.map(({ at, code }) => `  ${at}  ${code}`),
];

const describeFailure = (
	{ seed, breaches, shortest }: ManySeeds["failures"][number],
	commit: string,
): readonly string[] => [
	`  seed ${seed}, commit ${commit}:`,
	...breaches.map(({ promise, how }) => `    ${promise}: ${how}`),
	...(shortest === undefined
		? []
		: ["    the shortest history found in which it breaks:", ...shortest.map((name) => `      ${name}`)]),
	`    the whole of it: npm run sim -- --seed ${seed} --trace`,
];
