/** What every source of metrics keeps. */
import { expect, it } from "vitest";
import { type EpochMs, epochMs } from "../../shared/kernel/time.ts";
import type { MetricQuery, MetricSource } from "../../shared/ports/metric-source.ts";

export interface MetricWorld {
	readonly source: MetricSource;
	/** What a worker counted at an instant. */
	put(metric: Omit<MetricQuery, "statistic">, at: EpochMs, ...values: readonly number[]): void;
}

const DAY_MS = 86_400_000;

export function describeMetricSource(make: () => MetricWorld): void {
	const now = epochMs(Math.floor(Date.now() / 1000) * 1000);
	const midnight = epochMs(Math.floor(now / DAY_MS) * DAY_MS);
	const durations = { group: "shop", job: "send_invoice", name: "RunDuration" };

	it("adds up, counts and ranks what was counted since midnight UTC", async () => {
		const { source, put } = make();
		put(durations, midnight, 100, 200);
		put(durations, now, 700, 1_000);
		const read = await source.readDay(
			(["Sum", "SampleCount", "PR(:100)", "PR(:500)", "PR(:999)", "PR(:1000)"] as const).map((statistic) => ({
				...durations,
				statistic,
			})),
			now,
		);
		expect(read).toEqual([2_000, 4, 25, 50, 75, 100]);
	});

	it("leaves out the day before, other jobs and other groups, and answers 0 where there is nothing", async () => {
		const { source, put } = make();
		put(durations, epochMs(midnight - 1), 1);
		put({ ...durations, job: "send_invoices" }, now, 1);
		put({ ...durations, group: "shops" }, now, 1);
		const queries = (["Sum", "SampleCount", "PR(:100)"] as const).map((statistic) => ({ ...durations, statistic }));
		expect(await source.readDay(queries, now)).toEqual([0, 0, 0]);
	});

	it("tells classes of errors apart, and from what is counted without one", async () => {
		const { source, put } = make();
		const failed = { group: "shop", job: "send_invoice", name: "FailedRunsByClass", statistic: "Sum" } as const;
		put({ ...failed, errorClass: "api" }, now, 2);
		put({ ...failed, errorClass: "validation" }, now, 1);
		const queries = ["api", "validation", "timeout"].map((errorClass) => ({ ...failed, errorClass }));
		expect(await source.readDay([...queries, failed], now)).toEqual([2, 1, 0, 0]);
	});

	it("answers in the order of the queries, however many there are", async () => {
		const { source, put } = make();
		const metric = (index: number) => ({ group: "shop", job: `job-${index}`, name: "AttemptsStarted" });
		for (let index = 0; index < 1_100; index += 100) put(metric(index), now, index + 1);
		const queries = Array.from({ length: 1_100 }, (_, index) => ({ ...metric(index), statistic: "Sum" as const }));
		const read = await source.readDay(queries, now);
		expect(read).toHaveLength(1_100);
		expect(read.filter((value) => value > 0)).toEqual([1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1001]);
		expect(read.indexOf(1001)).toBe(1000);
	});

	it("answers nothing to nothing", async () => {
		expect(await make().source.readDay([], now)).toEqual([]);
	});
}
