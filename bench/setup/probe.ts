// Probe processes: plain JavaScript files forked with exactly the environment a function would have, answering by IPC.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { PROJECT_FOLDER } from "./paths.ts";

export interface Probe {
	/** Sends a request and resolves with the answer; rejects when the probe fails or ends first. */
	readonly ask: (request: object) => Promise<Readonly<Record<string, unknown>>>;
	readonly stop: () => Promise<void>;
}

const live = new Set<ChildProcess>();

/** Forks `bench/probes/<program>` with `argument`; `env` is its whole environment, with PATH added. */
export function forkProbe(program: string, argument: string, env: Readonly<Record<string, string>>): Probe {
	const child = fork(join(PROJECT_FOLDER, "bench", "probes", program), [argument], {
		env: { PATH: process.env["PATH"] ?? "", ...env },
		execArgv: [],
		stdio: ["ignore", "ignore", "pipe", "ipc"],
	});
	live.add(child);
	let complaint = "";
	child.stderr?.on("data", (chunk: Buffer) => {
		complaint = (complaint + chunk.toString()).slice(-2_000);
	});
	child.once("exit", () => live.delete(child));
	const ended = once(child, "exit").then(() => {
		throw new Error(`${program} ended before it answered: ${complaint}`);
	});
	ended.catch(() => undefined);
	const nextMessage = async (): Promise<Readonly<Record<string, unknown>>> => {
		const [message]: unknown[] = await Promise.race([once(child, "message"), ended]);
		const answer = typeof message === "object" && message !== null ? Object.fromEntries(Object.entries(message)) : {};
		if (answer["error"] !== undefined) throw new Error(`${program}: ${String(answer["error"])}`);
		return answer;
	};
	// The first message says that the module is loaded, or is the only answer there is.
	let first: Promise<Readonly<Record<string, unknown>>> | undefined = nextMessage();
	first.catch(() => undefined);
	return {
		ask: async (request) => {
			const loaded = await first;
			if (loaded !== undefined && loaded["ready"] !== true) return loaded;
			first = Promise.resolve({ ready: true });
			const answer = nextMessage();
			child.send(request);
			return answer;
		},
		stop: async () => {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill("SIGKILL");
			await once(child, "exit");
		},
	};
}

export async function stopAllProbes(): Promise<void> {
	await Promise.all(
		[...live].map(async (child) => {
			child.kill("SIGKILL");
			await once(child, "exit");
		}),
	);
}

export function numberOf(answer: Readonly<Record<string, unknown>>, name: string): number {
	const value = answer[name];
	if (typeof value !== "number") throw new Error(`the probe's answer has no number "${name}"`);
	return value;
}
