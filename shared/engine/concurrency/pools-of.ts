/** In which pools a run needs a slot to perform: that of its job's concurrency limit, and that of its worker group where it has a cap. Pure. */
import type { Catalogue } from "../../catalogue/define-catalogue.ts";
import { concurrencyName } from "../../job/concurrency.ts";
import { limiterOfKey } from "../../wire/limiter-id.ts";
import { keyOfRun } from "../key-of-run.ts";
import type { Carried } from "../next-messages.ts";

export interface Pool {
	/** What the store knows it by. */
	readonly id: string;
	/** The worker group whose cap it is; absent for a limit of jobs. */
	readonly group?: string;
	readonly max: number;
	readonly whenBusy: "wait" | "skip";
	/** Whether an attempt's slot is kept from one leg to the next, so that nobody performs between two halves of its work. */
	readonly keptBetweenLegs: boolean;
	/** Its workers may be too busy to extend a slot: it is taken for the whole invocation. */
	readonly blocking: boolean;
	/** In which the run waits: its queue class, and its tenant's part of it. A long line in one holds nobody back in another. */
	readonly lane: string;
	/** Whether runs of other lanes may want its slots too. */
	readonly shared: boolean;
}

/** A pool's item has something to say of each lane, and is to stay small: tenants beyond so many share one with others. */
const TENANT_LANES = 8;

function bucketOf(tenant: string): number {
	let hash = 0;
	for (const letter of tenant) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
	return hash % TENANT_LANES;
}

/** The key's first: a run that waits for its key must not keep a place of its group from others. @param input as the job's schema has read it. */
export function poolsOf(
	catalogue: Pick<Catalogue, "groupOf" | "jobs">,
	{ job, message, queueClass }: Pick<Carried, "job" | "message" | "queueClass">,
	input: unknown,
): readonly Pool[] {
	const { concurrency } = job;
	const group = catalogue.groupOf(queueClass);
	if (concurrency === undefined && group?.concurrencyMax === undefined) return [];
	const blocking = catalogue.jobs.some((other) => other.blocking && catalogue.groupOf(other.queueClass.name) === group);
	const { tenant } = message;
	const lane = tenant === undefined ? queueClass : `${queueClass}.${bucketOf(tenant)}`;
	const pools: Pool[] = [];
	if (concurrency !== undefined) {
		const { max, per, whenBusy = "wait" } = concurrency;
		const name = concurrencyName(job);
		const id = per === undefined ? name : limiterOfKey(name, keyOfRun(per, message, input));
		const ofMoreClasses = catalogue.jobs.some(
			(other) =>
				other.concurrency !== undefined && concurrencyName(other) === name && other.queueClass.name !== queueClass,
		);
		const shared = ofMoreClasses || (tenant !== undefined && per !== "tenant");
		pools.push({ id, max, whenBusy, keptBetweenLegs: true, blocking, lane, shared });
	}
	if (group?.concurrencyMax !== undefined) {
		// No name of a limit holds a slash.
		pools.push({
			id: `group/${group.name}`,
			group: group.name,
			max: group.concurrencyMax,
			whenBusy: "wait",
			keptBetweenLegs: false,
			blocking,
			lane,
			shared: group.queueClasses.length > 1 || tenant !== undefined,
		});
	}
	return pools;
}
