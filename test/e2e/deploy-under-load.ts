/** Sends messages before, during and after a changed deploy, and later finds out whether each of them was performed. */
import { setTimeout as delay } from "node:timers/promises";
import type { Platform } from "./platform.ts";
import type { Report } from "./report.ts";
import { allSucceeded, type Result, resultOf } from "./runs.ts";

export const waves = ["before", "during", "after"] as const;
export type Wave = (typeof waves)[number];

/** How many go before the deploy and after it. */
const WAVE_SIZE = 40;
/** One goes every so often while it lasts. */
const DURING_PAUSE_MS = 50;

export interface Sent {
	readonly wave: Wave;
	/** The run's. */
	readonly id: string;
}

/**
 * @param send sends one message and answers with its run's id
 * @throws RunStopped when the deploy fails
 */
export async function deployUnderLoad(
	{ essential }: Report,
	name: string,
	deploy: () => Promise<unknown>,
	send: (wave: Wave, index: number) => Promise<string>,
): Promise<readonly Sent[]> {
	return await essential(name, async () => {
		const sent: Sent[] = [];
		let index = 0;
		const one = async (wave: Wave) => {
			index += 1;
			sent.push({ wave, id: await send(wave, index) });
		};
		for (let count = 0; count < WAVE_SIZE; count += 1) await one("before");
		let deploying = true;
		const deployed = deploy().finally(() => {
			deploying = false;
		});
		const during = async () => {
			while (deploying) {
				await one("during");
				await delay(DURING_PAUSE_MS);
			}
		};
		await Promise.all([deployed, during()]);
		for (let count = 0; count < WAVE_SIZE; count += 1) await one("after");
		return sent;
	});
}

/** A message whose worker was killed in the middle comes back when its visibility is over: 2 minutes for a function of one. */
const REDELIVERY_WAIT_SECONDS = 150;

/** Checks that every run is SUCCESS, and every run that it enqueued. */
export async function checkWaves(
	{ check }: Report,
	platform: Platform,
	sent: readonly Sent[],
	followUps: (result: Result) => readonly string[],
): Promise<void> {
	await check("every message sent is performed, and every run that it enqueued", async () => {
		const ids = sent.map(({ id }) => id);
		const views = await allSucceeded(platform, ids, REDELIVERY_WAIT_SECONDS);
		const enqueued = await allSucceeded(
			platform,
			views.flatMap((view) => followUps(resultOf(view))),
			REDELIVERY_WAIT_SECONDS,
		);
		const again = [...views, ...enqueued].filter(({ attempts }) => attempts > 1).length;
		const counts = waves.map((wave) => `${sent.filter((one) => one.wave === wave).length} ${wave}`).join(", ");
		return `${counts}; ${enqueued.length} enqueued; ${again} took a second attempt`;
	});
}
