/** What every job store keeps, whatever it is made of. Run on memory and on each emulator by job-store.test.ts. */
import { afterAll, beforeAll, describe } from "vitest";
import type { EpochMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { describeBatches } from "./job-store/batches.ts";
import { describeBeats } from "./job-store/beats.ts";
import { nine } from "./job-store/cases.ts";
import { describeClaims } from "./job-store/claims.ts";
import { describeExpiryAndListing } from "./job-store/expiry-and-listing.ts";
import { describeSettles } from "./job-store/settles.ts";
import type { StoreUnderTest } from "./job-store/store-under-test.ts";

export interface JobStoreWorld {
	/** A new, empty store. */
	open(clock: Clock): Promise<JobStore>;
	stop(): Promise<void>;
}

export function describeJobStore(name: string, start: () => Promise<JobStoreWorld>): void {
	describe(`job store on ${name}`, () => {
		let world: JobStoreWorld;
		let store: JobStore;
		let now: EpochMs = nine;
		const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };

		beforeAll(async () => {
			world = await start();
			store = await world.open(clock);
		});
		afterAll(async () => {
			await world.stop();
		});

		const under: StoreUnderTest = {
			get store() {
				return store;
			},
			openEmpty: () => world.open(clock),
			async at(instant, perform) {
				now = instant;
				try {
					return await perform();
				} finally {
					now = nine;
				}
			},
		};
		describeClaims(under);
		describeSettles(under);
		describeBeats(under);
		describeBatches(under);
		describeExpiryAndListing(under);
	});
}
