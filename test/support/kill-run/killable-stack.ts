/** A real local stack whose worker processes can be killed, with its journal and every write to its table. Only timeouts are shortened. */
import { EventEmitter, once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type LocalStack, startLocalStack } from "../../../local/local-stack.ts";
import type { Catalogue } from "../../../shared/catalogue/define-catalogue.ts";
import type { Platform } from "../../../shared/ports/platform.ts";
import { localPlatformAddress, openLocalPlatform } from "../open-local-platform.ts";
import { synthesizePlatform } from "../synth-platform.ts";
import { type WriteWatch, watchWrites } from "./watch-writes.ts";

/** A function's lease outlives it by 15 s, and the message must come back after that. */
const LEASE_SECONDS = 16;

export interface KillableStack {
	readonly stack: LocalStack;
	readonly platform: Platform;
	readonly journalPath: string;
	/** Absent with an emulator that has no streams. */
	readonly watch: WriteWatch | undefined;
	/** SIGKILL. Resolves when the process is gone. */
	kill(pid: number): Promise<"one">;
	/** Resolves when nothing is left to do, or the time is over. */
	settle(withinMs: number): Promise<void>;
}

/** The catalogue's one group is "killable". KILL_RUN_JOURNAL names the journal to its worker. */
export async function withKillableStack<Answer>(
	options: {
		readonly catalogue: Catalogue;
		readonly entry: URL;
		/** Of the function. A leg ends 3 s before. */
		readonly timeoutSeconds: number;
		/** A scratch folder, emptied before and removed after. */
		readonly folder: string;
		readonly onProgress: (message: string) => void;
	},
	use: (killable: KillableStack) => Promise<Answer>,
): Promise<Answer> {
	const { catalogue, entry, timeoutSeconds, folder, onProgress } = options;
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const journalPath = join(folder, "journal.ndjson");
	await writeFile(journalPath, "");
	onProgress("synthesizing");
	await synthesizePlatform({
		catalogue,
		workers: { killable: { entry, environment: { KILL_RUN_JOURNAL: journalPath } } },
		outFolder: join(folder, "cdk.out"),
		edits: { timeoutSeconds, visibilitySeconds: timeoutSeconds + LEASE_SECONDS, receivesMax: 1_000 },
	});
	const ended = new EventEmitter();
	const stack = await startLocalStack({
		assemblyDir: join(folder, "cdk.out"),
		onEvent: (event) => {
			if (event.type === "environment-ended") ended.emit(String(event.pid));
		},
	});
	try {
		const platform = openLocalPlatform(stack);
		const watch =
			stack.dynamoDbEmulator === "dynoxide"
				? await watchWrites(stack.endpoints.dynamodb, localPlatformAddress(stack).table)
				: undefined;
		return await use({
			stack,
			platform,
			journalPath,
			watch,
			async kill(pid) {
				const gone = once(ended, String(pid));
				if (!stack.environmentPids().includes(pid)) return "one";
				process.kill(pid, "SIGKILL");
				await gone;
				return "one";
			},
			async settle(withinMs) {
				const overdue = new AbortController();
				await Promise.race([stack.idle(), pause(withinMs, undefined, { signal: overdue.signal })]);
				overdue.abort();
			},
		});
	} finally {
		await stack.stop();
		await rm(folder, { recursive: true, force: true });
	}
}
