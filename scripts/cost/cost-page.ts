/** docs/cost.md, from what was counted and AWS's prices. */

import { cost, PRICES_READ, PRICES_REGION, type Price, prices } from "../../shared/kernel/prices.ts";
import { type Case, type Counted, countedCalls, countedExtras, countedLines, countedRuns } from "./counted.ts";
import { idleLines, pollsPerMapping } from "./idle.ts";

const MILLION = 1e6;
/** START, END and REPORT of an invocation, which Lambda writes. */
const LAMBDA_LINES_BYTES = 400;
const WORK = { runs: MILLION, seconds: 0.3, gigabytes: 0.5 } as const;

/** What so many runs cost, without the time that the job's own code takes. */
export const costOf = (counted: Counted, runs = MILLION): number =>
	cost("invocations", counted.invocations * runs) +
	cost("sqs", counted.sqs * runs) +
	cost("writeUnits", counted.writeUnits * runs) +
	cost("readUnits", counted.readUnits * runs) +
	cost("s3Puts", counted.s3Puts * runs) +
	cost("s3Gets", counted.s3Gets * runs) +
	cost("scheduled", counted.scheduled * runs);

const dollars = (value: number): string => `$${value >= 100 ? value.toFixed(0) : value.toFixed(2)}`;
/** Whole cents, or as many digits as the price has. */
const unitPrice = (price: number): string => `$${Number(price.toFixed(2)) === price ? price.toFixed(2) : price}`;
const number = (value: number): string => (value === 0 ? "" : String(Math.round(value * 100) / 100));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const columns = ["Lambda", "SQS", "DynamoDB requests", "write units", "read units", "S3 PUT", "S3 GET", "schedules"];
const cells = (counted: Counted, requestsUpTo = false): readonly string[] => [
	number(counted.invocations),
	number(counted.sqs),
	`${requestsUpTo ? "≤ " : ""}${number(counted.dynamodb)}`,
	number(counted.writeUnits),
	number(counted.readUnits),
	number(counted.s3Puts),
	number(counted.s3Gets),
	number(counted.scheduled),
];

function runsTable(cases: Readonly<Record<string, Case>>, batch: "ten" | "one", what: string): string {
	return table(
		[what, ...columns, "a million"],
		Object.values(cases).map(({ title, requestsUpTo, ...of }) => [
			title,
			...cells(of[batch], requestsUpTo),
			dollars(costOf(of[batch])),
		]),
	);
}

const callsTable = (): string =>
	table(
		["one call", ...columns],
		Object.values(countedCalls).map(({ title, ...counted }) => [title, ...cells(counted)]),
	);

const pricesTable = (): string =>
	table(
		["what", "price", "source"],
		Object.values<Price>(prices).map(({ what, dollars: price, unit, source }) => [
			what,
			`${unitPrice(price)} per ${unit}`,
			source,
		]),
	);

function idleTable(): string {
	const rows = idleLines().map(({ what, count, dollars: price }) => [what, count, dollars(price)]);
	return table(["in a month", "how many", "cost"], [...rows, ["**together**", "", `**${dollars(idleSum())}**`]]);
}

const idleSum = (): number => idleLines().reduce((total, line) => total + line.dollars, 0);

type Part = readonly [what: string, ten: number, one: number];

/** What a million plain runs cost, in batches of ten that wait side by side, and alone. */
function partsOfMillion(): readonly Part[] {
	const { ten, one } = countedRuns.plain;
	const logs = (invocations: number, lineBytes: number): number =>
		cost("logs", (WORK.runs * invocations * (lineBytes + LAMBDA_LINES_BYTES)) / 1e9);
	const time = (invocations: number): number =>
		cost("gigabyteSeconds", WORK.runs * invocations * WORK.seconds * WORK.gigabytes);
	return [
		["requests and units, as above", costOf(ten, WORK.runs), costOf(one, WORK.runs)],
		[`Lambda time, ${WORK.seconds * 1_000} ms at 512 MB, arm64`, time(ten.invocations), time(one.invocations)],
		["logs", logs(ten.invocations, countedLines.tenBytes), logs(one.invocations, countedLines.oneBytes)],
	];
}

const sumOf = (parts: readonly Part[], column: 1 | 2): number => parts.reduce((total, part) => total + part[column], 0);
const perMillion = (column: 1 | 2): number => sumOf(partsOfMillion(), column);
const metricsOfJob = (): number => cost("metrics", countedLines.metrics.length);
const metricsOfGroup = (): number => cost("metrics", countedLines.groupMetrics.length);
const fixedCost = (): number => idleSum() + metricsOfJob() + metricsOfGroup();

function exampleTable(): string {
	const parts: readonly Part[] = [
		...partsOfMillion(),
		[`${countedLines.metrics.length} custom metrics of one job`, metricsOfJob(), metricsOfJob()],
		[`${countedLines.groupMetrics.length} custom metrics of its worker group`, metricsOfGroup(), metricsOfGroup()],
		["the idle platform", idleSum(), idleSum()],
	];
	return table(
		["", "in batches of ten", "alone"],
		[
			...parts.map(([what, inTens, alone]) => [what, dollars(inTens), dollars(alone)]),
			["**together**", `**${dollars(sumOf(parts, 1))}**`, `**${dollars(sumOf(parts, 2))}**`],
		],
	);
}

export function costPage(): string {
	const alwaysOn = 2 * prices.fargateTask.dollars + prices.redisNode.dollars;
	const evenAt = (column: 1 | 2): string => ((alwaysOn - fixedCost()) / perMillion(column)).toFixed(1);
	return `# What it costs

Generated by \`npm run docs:generate\` from counts that a test makes (\`test/integration/cost.test.ts\`): the production worker performs each kind of
run on emulators, and everything that goes over the wire is counted, the requests of Lambda's own pollers included. The test fails when a run
begins to use more, or less. Prices are AWS's list prices of ${PRICES_REGION}, read on ${PRICES_READ}, in US dollars, without the free tier.

## A run

What one run uses from its enqueue to its end, and what a million of them cost **without the time of the job's own code**. DynamoDB bills units and
not requests; an empty cell is 0. Batches of ten are what a busy queue gives:

${runsTable(countedRuns, "ten", "a run, in batches of ten")}

A quiet queue hands out messages one by one:

${runsTable(countedRuns, "one", "a run, alone")}

- Where runs of a batch end more than a few milliseconds apart, each settles for itself: up to 1 DynamoDB request more, which costs nothing.
- Waiting for a slot in the worker costs a write unit for each look, a few in a second: the rows show one holder who ends soon.
- Every queue class has a circuit breaker: while nothing fails it costs nothing, and a retry asks once a batch how it stands.
- A write unit is 1 KB. Of the 3 of a plain run, 2 are its row at the claim and at the settle, 1 is the listing.
- SQS bills each 64 KB of a message as a request, when it is sent and when it is received.
- Fair queues, for messages with a \`tenant\`, cost $0.10 per million SQS requests more.

## On top of a run

${runsTable(countedExtras, "ten", "in batches of ten")}

${runsTable(countedExtras, "one", "alone")}

## Sweeps and commands

Commands on a platform of three queue classes. Pausing and resuming asks Lambda's API, which is free; so is a schedule that is made or deleted. Runs of a
paused class wait in their queue and cost nothing more.

${callsTable()}

## A platform without runs

This project's own stack, deployed and left alone. The free tier of an account without other traffic covers most of the long polls (1,000,000 SQS
requests a month), ten of the alarms' metrics and three small dashboards; it is not deducted here.

${idleTable()}

Each further queue class adds ${dollars(cost("sqs", pollsPerMapping))} of polls and its alarms. Each job that is in use adds ${countedLines.metrics.length} custom metrics (${countedLines.metrics.map((name) => `\`${name}\``).join(", ")}), ${dollars(metricsOfJob())} for a
month in which it runs every hour, and its group ${countedLines.groupMetrics.length} (${countedLines.groupMetrics.map((name) => `\`${name}\``).join(", ")}), ${dollars(metricsOfGroup())}; failures, retries, deferrals and ticks are further metrics in the hours in which they occur. Rows are deleted a day
after their run's last write.

## A million runs a month

Plain runs of 300 ms of one job. In batches of ten the runs wait side by side for what they call, so ten take the time of one; runs that
compute don't, and cost the time of the second column.

${exampleTable()}

Celery on the same prices, always on: two Fargate tasks of 0.25 vCPU and a small Redis node are ${dollars(alwaysOn)} a month, with or without runs, without addresses,
logs, metrics, alarms, dashboards or a second node; on this side logs, metrics, alarms and dashboards are counted. Both cost the same at about ${evenAt(2)} million such runs a month alone, ${evenAt(1)} million in batches of ten; above that Celery is
cheaper, as long as two small tasks can do the work.

## Prices

${pricesTable()}
`;
}
