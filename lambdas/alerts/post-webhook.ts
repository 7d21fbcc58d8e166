/** Posts to a webhook, and tries again what may go well another time. The address is a secret: no error tells it. */
import { setTimeout as sleep } from "node:timers/promises";

export interface PostOptions {
	/** Default 4. */
	readonly triesMax?: number;
	/** Before the second try; doubled each time. Default 500. */
	readonly delayMs?: number;
	/** Default 5,000. */
	readonly timeoutMs?: number;
}

/** No longer than this, whatever the webhook asks for: the function's own time is short. */
const RETRY_AFTER_MS_MAX = 10_000;

/** Throws an Error that names the last answer when all tries failed. */
export async function postWebhook(url: string, message: object, options: PostOptions = {}): Promise<void> {
	const { triesMax = 4, delayMs = 500, timeoutMs = 5_000 } = options;
	let last = "";
	for (let tried = 1; tried <= triesMax; tried++) {
		const { failure, again, afterMs } = await tryOnce(url, message, timeoutMs);
		if (failure === undefined) return;
		last = failure;
		if (!again) break;
		if (tried < triesMax) await sleep(Math.min(afterMs ?? delayMs * 2 ** (tried - 1), RETRY_AFTER_MS_MAX));
	}
	throw new Error(`The webhook did not take the alert: ${last}`);
}

interface Tried {
	readonly failure?: string;
	readonly again: boolean;
	readonly afterMs?: number;
}

async function tryOnce(url: string, message: object, timeoutMs: number): Promise<Tried> {
	try {
		const answer = await fetch(url, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(message),
			// It leads to where the secret was not given for.
			redirect: "error",
			signal: AbortSignal.timeout(timeoutMs),
		});
		await answer.body?.cancel();
		if (answer.ok) return { again: false };
		const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
		return {
			failure: `HTTP ${answer.status}`,
			again: answer.status === 429 || answer.status >= 500,
			...(Number.isFinite(seconds) ? { afterMs: seconds * 1000 } : {}),
		};
	} catch (error) {
		return { failure: (error as Error).name, again: true };
	}
}
