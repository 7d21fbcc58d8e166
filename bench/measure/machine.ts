// What the numbers were taken on. A figure without its machine is a rumour.
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

export interface Machine {
	readonly cpu: string;
	readonly cores: number;
	readonly memoryGib: number;
	readonly system: string;
	readonly node: string;
	/** One-minute load average when the bench started: well above 0 means other work took part in the numbers. */
	readonly loadAtStart: number;
}

export function describeMachine(): Machine {
	return {
		cpu: cpus()[0]?.model.trim() ?? "unknown",
		cores: availableParallelism(),
		memoryGib: Math.round(totalmem() / 2 ** 30),
		system: `${type()} ${release()}`,
		node: process.version,
		loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
	};
}
