// Millrace as a job system: the local stack in this process (emulators and mappings), its worker functions in processes
// of their own, two at a time with batches of ten, and the producer in another.
import { fileURLToPath } from "node:url";
import { type BenchStack, startBenchStack } from "../setup/bench-stack.ts";
import { type Child, startChild } from "../setup/children.ts";
import { functionEnvironment } from "../setup/function-environment.ts";
import { BENCH_GROUP } from "../workload/catalogue.ts";
import { askLatency, askThroughput } from "./driver-protocol.ts";
import type { JobSystem } from "./job-system.ts";

const DRIVER = fileURLToPath(new URL("millrace-driver.ts", import.meta.url));
export const MILLRACE = "Millrace";
export const MILLRACE_SINGLY = "Millrace, enqueue() one by one";

/** Two ways to enqueue on one stack, so that they are two subjects of the same rounds. */
export function millraceSystems(bulk: number): readonly [JobSystem, JobSystem] {
	let parts: { readonly bench: BenchStack; readonly driver: Child } | undefined;
	const driver = (): Child => {
		if (parts === undefined) throw new Error("the local stack was not started");
		return parts.driver;
	};
	const start = async (): Promise<void> => {
		if (parts !== undefined) return;
		const bench = await startBenchStack();
		const env = functionEnvironment(BENCH_GROUP, bench.platform, bench.stack.endpoints);
		parts = { bench, driver: startChild(process.execPath, [DRIVER], { env: { ...process.env, ...env } }) };
		await askThroughput(parts.driver, 500, bulk);
	};
	const stop = async (): Promise<void> => {
		const stopping = parts;
		parts = undefined;
		await stopping?.driver.stop();
		await stopping?.bench.stack.stop();
	};
	const worker = "2 worker processes, batches of 10";
	const common = { start, stop, latency: (count: number, perSecond: number) => askLatency(driver(), count, perSecond) };
	return [
		{
			...common,
			name: MILLRACE,
			setup: `${worker}, enqueueMany of ${bulk}`,
			throughput: (count) => askThroughput(driver(), count, bulk),
		},
		{
			...common,
			name: MILLRACE_SINGLY,
			setup: `${worker}, one enqueue() per run, 16 in flight`,
			throughput: (count) => askThroughput(driver(), count, 1),
		},
	];
}
