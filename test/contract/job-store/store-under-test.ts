/** What the parts of the job-store contract are given. */
import type { EpochMs } from "../../../shared/kernel/time.ts";
import type { JobStore } from "../../../shared/ports/job-store.ts";

export interface StoreUnderTest {
	/** One store for all cases, each of which has ids of its own. Only inside a test. */
	readonly store: JobStore;
	/** Another, empty one. */
	openEmpty(): Promise<JobStore>;
	/** Performs at another time than nine o'clock. */
	at<Result>(instant: EpochMs, perform: () => Promise<Result>): Promise<Result>;
}
