// The same load four times: under an exact cap of 1 and of 3, and with as many workers reserved that perform one run
// each. Each group is fed by two queue classes, as those are for which a cap is worth its price.
import * as z from "zod/mini";
import { defineCatalogue } from "../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../shared/job/index.ts";

const classOf = <const Name extends string>(name: Name, maxConcurrency: number) =>
	defineQueueClass({ name, promise: "at its turn", maxConcurrency });

const classes = {
	capOne: [classOf("cap-one-a", 2), classOf("cap-one-b", 2)],
	capThree: [classOf("cap-three-a", 4), classOf("cap-three-b", 4)],
	reservedOne: [classOf("reserved-one-a", 2), classOf("reserved-one-b", 2)],
	reservedThree: [classOf("reserved-three-a", 4), classOf("reserved-three-b", 4)],
} as const;

const jobOf = <const Name extends string>(name: Name, queueClass: ReturnType<typeof classOf>) =>
	defineJob({
		name,
		description: "Writes a line, waits, writes another line.",
		queueClass,
		input: z.strictObject({ work_ms: z.int().check(z.gte(0), z.lte(1_000)) }),
		output: z.strictObject({}),
	});

/** By worker group, a job for each of its classes. */
export const cappedJobs = {
	"cap-one": [jobOf("cap_one_a", classes.capOne[0]), jobOf("cap_one_b", classes.capOne[1])],
	"cap-three": [jobOf("cap_three_a", classes.capThree[0]), jobOf("cap_three_b", classes.capThree[1])],
	"reserved-one": [jobOf("reserved_one_a", classes.reservedOne[0]), jobOf("reserved_one_b", classes.reservedOne[1])],
	"reserved-three": [
		jobOf("reserved_three_a", classes.reservedThree[0]),
		jobOf("reserved_three_b", classes.reservedThree[1]),
	],
} as const;

export type CappedGroup = keyof typeof cappedJobs;

/** ReservedConcurrentExecutions of the functions that have no cap. */
export const reserved: Readonly<Partial<Record<CappedGroup, number>>> = { "reserved-one": 1, "reserved-three": 3 };

export const cappedCatalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "cap-one", queueClasses: classes.capOne, concurrencyMax: 1 }),
		defineWorkerGroup({ name: "cap-three", queueClasses: classes.capThree, concurrencyMax: 3 }),
		defineWorkerGroup({ name: "reserved-one", queueClasses: classes.reservedOne, runConcurrency: 1 }),
		defineWorkerGroup({ name: "reserved-three", queueClasses: classes.reservedThree, runConcurrency: 1 }),
	],
	jobs: Object.values(cappedJobs).flat(),
});
