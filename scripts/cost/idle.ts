/** What a deployed platform costs in a month without a run. test/cdk/millrace-stack.test.ts holds the numbers against the synthesized template. */

import { cost } from "../../shared/kernel/prices.ts";
import { countedCalls } from "./counted.ts";

/** What the project's own stack has of everything that costs something by being there. */
export const idleParts = {
	mappings: 2,
	tables: 2,
	/** Metrics that alarms watch: one of two metrics counts twice. */
	alarmMetrics: 29,
	compositeAlarms: 2,
	dashboards: 3,
	/** The catalogue's schedules, and how many minutes lie between two ticks. */
	ticks: { "cron(* * * * ? *)": 1, "cron(0/5 * * * ? *)": 5 },
	/** Sweeps in a day. */
	sweeps: 48,
	sweeperGigabytes: 0.5,
	/** Custom metrics that the sweeper writes. */
	sweeperMetrics: 8,
} as const;

const DAYS = 365.25 / 12;
/** Lambda polls a queue with five long polls of 20 s where the mapping has a maximum concurrency, as all of ours have. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (2026-11-20) */
const POLLERS = 5;
const POLL_SECONDS = 20;
/** Of an idle platform. */
const SWEEP_SECONDS = 1;

export const pollsPerMapping = (POLLERS * DAYS * 86_400) / POLL_SECONDS;

export interface IdleLine {
	readonly what: string;
	readonly count: string;
	readonly dollars: number;
}

const rounded = (count: number): string => Math.round(count).toLocaleString("en-US");

export function idleLines(): readonly IdleLine[] {
	const { mappings, tables, dashboards, sweeps, sweeperGigabytes, sweeperMetrics } = idleParts;
	const { alarmMetrics, compositeAlarms, ticks } = idleParts;
	const ticksMonthly = Object.values(ticks).reduce((sum, minutes) => sum + (DAYS * 1_440) / minutes, 0);
	const sweepsMonthly = sweeps * DAYS;
	const { readUnits, writeUnits } = countedCalls.sweepIdle;
	return [
		{
			what: "long polls of the event source mappings, one for each queue class",
			count: `${mappings} × ${rounded(pollsPerMapping)} SQS requests`,
			dollars: cost("sqs", mappings * pollsPerMapping),
		},
		{
			what: "metrics of the sweeper",
			count: `${sweeperMetrics} custom metrics`,
			dollars: cost("metrics", sweeperMetrics),
		},
		{
			what: `the sweeper, ${sweeps} times a day for about ${SWEEP_SECONDS} s at 512 MB`,
			count: `${rounded(sweepsMonthly)} schedules, invocations and × (${readUnits} read units, ${writeUnits} write unit)`,
			dollars:
				cost("scheduled", sweepsMonthly) +
				cost("invocations", sweepsMonthly) +
				cost("gigabyteSeconds", sweepsMonthly * SWEEP_SECONDS * sweeperGigabytes) +
				cost("readUnits", sweepsMonthly * readUnits) +
				cost("writeUnits", sweepsMonthly * writeUnits),
		},
		{
			what: "alarms",
			count: `${alarmMetrics} metrics that are watched, ${compositeAlarms} composite alarms`,
			dollars: cost("alarms", alarmMetrics) + cost("compositeAlarms", compositeAlarms),
		},
		{ what: "dashboards", count: String(dashboards), dollars: cost("dashboards", dashboards) },
		{
			what: "ticks of the catalogue's schedules; what they enqueue are runs, as above",
			count: `${rounded(ticksMonthly)} schedules that fire`,
			dollars: cost("scheduled", ticksMonthly),
		},
		{
			what: "storage and point-in-time recovery",
			count: `${tables} empty tables`,
			dollars: cost("tableStorage", 0) + cost("recovery", 0),
		},
	];
}
