// The kill run against a peer: the same plan and the same journal as Millrace's own (test/support/kill-run), with the
// peer's worker killed whole and started again.
import { setTimeout as pause } from "node:timers/promises";
import { checkPerformances, type PerformanceFindings } from "../../test/support/kill-run/check-performances.ts";
import { performancesOf, tailJournal } from "../../test/support/kill-run/journal.ts";
import { killWorkers } from "../../test/support/kill-run/kill-workers.ts";
import { createSeededRandom } from "../../test/support/seeded-random.ts";
import type { Child } from "../setup/children.ts";
import { ask } from "../systems/driver-protocol.ts";

export interface KillablePeer {
	readonly name: string;
	readonly driver: Child;
	readonly startWorker: () => Promise<Child>;
	/** How long after the last kill the peer is given to perform what is left. */
	readonly recoveryMs: number;
	/** How many of the runs it can still perform, as its broker says. */
	readonly stillHeld: (runs: readonly string[]) => Promise<number>;
}

export interface KillSize {
	readonly runs: number;
	readonly kills: number;
	readonly seed: number;
	readonly workMs: number;
}

export interface PeerKillReport extends PerformanceFindings {
	readonly seconds: number;
	/** From the last kill until nothing was left to do. */
	readonly recoverySeconds: number;
	/** What the broker still held when the recovery time was over. 0 means that what was not performed is lost. */
	readonly stillHeld: number;
}

/** A run that is acknowledged before it begins is nowhere for a moment, so the broker alone can't say that all is over. */
const QUIET_MS = 2_000;
const LOOK_EVERY_MS = 100;

/** Kills, waits until nothing is left to do, and judges by the journal alone. */
export async function killPeer(
	peer: KillablePeer,
	journalPath: string,
	size: KillSize,
	progress: (message: string) => void,
): Promise<PeerKillReport> {
	const startedMs = performance.now();
	const runs = Array.from({ length: size.runs }, (_, index) => `run-${index}`);
	let worker = await peer.startWorker();
	const journal = tailJournal(journalPath);
	try {
		const goneAtMs = await killWorkers(
			{
				enqueue: async (slice) => {
					await ask(peer.driver, { command: "enqueueWork", runs: slice, milliseconds: size.workMs });
				},
				kill: async () => {
					// The whole group: a Celery pool process must not outlive its parent and finish as an orphan.
					worker.kill();
					await worker.exited;
					return "all";
				},
				restart: async () => {
					worker = await peer.startWorker();
				},
			},
			journalPath,
			{
				runs,
				kills: size.kills,
				random: createSeededRandom(size.seed).unit,
				pauseMsMax: size.workMs * 1.5,
				onKill: (count) => {
					if (count === size.kills) progress(`${peer.name}: ${count} kills, waiting until nothing is left to do`);
				},
			},
		);
		const lastKillMs = performance.now();
		const { overMs, stillHeld } = await untilNothingIsLeft(peer, runs, journal);
		const findings = checkPerformances(runs, performancesOf(await readAll(journalPath)), goneAtMs);
		return {
			...findings,
			seconds: (overMs - startedMs) / 1_000,
			recoverySeconds: (overMs - lastKillMs) / 1_000,
			stillHeld,
		};
	} finally {
		await journal.close();
		await worker.stop();
	}
}

/** `overMs`: when the stretch began in which the broker held nothing and nothing was performed; runs it lost are not waited for. */
async function untilNothingIsLeft(
	peer: KillablePeer,
	runs: readonly string[],
	journal: ReturnType<typeof tailJournal>,
): Promise<{ readonly overMs: number; readonly stillHeld: number }> {
	const untilMs = performance.now() + peer.recoveryMs;
	await journal.read();
	let overMs = performance.now();
	while (true) {
		const stillHeld = await peer.stillHeld(runs);
		const lines = await journal.read();
		const nowMs = performance.now();
		if (stillHeld > 0 || lines.length > 0) overMs = nowMs;
		if (nowMs - overMs > QUIET_MS || nowMs > untilMs) return { overMs, stillHeld };
		await pause(LOOK_EVERY_MS);
	}
}

async function readAll(path: string) {
	const journal = tailJournal(path);
	try {
		return await journal.read();
	} finally {
		await journal.close();
	}
}
