/** Jobs under every kind of concurrency limit: group caps of 1 and 3 over two classes each, and one run at a time for each key. */
import * as z from "zod/mini";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import {
	type ConcurrencyLimit,
	defineJob,
	defineQueueClass,
	defineWorkerGroup,
	type QueueClassDefinition,
	singleton,
} from "../../../shared/job/index.ts";

const classOf = <const Name extends string>(name: Name) => defineQueueClass({ name, promise: "at its turn" });
const jobOf = <const Name extends string, Class extends QueueClassDefinition>(
	name: Name,
	queueClass: Class,
	concurrency?: ConcurrencyLimit,
) =>
	defineJob({
		name,
		description: "Writes a line, works, writes another line.",
		queueClass,
		input: z.strictObject({ key: z.string(), work_ms: z.int().check(z.gte(0), z.lte(1_000)) }),
		output: z.unknown(),
		...(concurrency === undefined ? {} : { concurrency }),
	});

const [singleA, singleB, tripleA, tripleB] = [
	classOf("single-a"),
	classOf("single-b"),
	classOf("triple-a"),
	classOf("triple-b"),
];
const keyed = classOf("keyed");

export const cappedJobs = {
	single: [jobOf("single_a", singleA), jobOf("single_b", singleB)],
	triple: [jobOf("triple_a", tripleA), jobOf("triple_b", tripleB)],
	keyed: [jobOf("keyed", keyed, singleton({ per: "input.key" }))],
} as const;

export const cappedCatalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "keyed", queueClasses: [keyed] }),
		defineWorkerGroup({ name: "single", queueClasses: [singleA, singleB], concurrencyMax: 1 }),
		defineWorkerGroup({ name: "triple", queueClasses: [tripleA, tripleB], concurrencyMax: 3 }),
	],
	jobs: [...cappedJobs.keyed, ...cappedJobs.single, ...cappedJobs.triple],
});
