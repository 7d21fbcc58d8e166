/** Lets callers wait until nothing is left to do. It looks after each batch, and now and then for what others did to the queues, like a purge. */

const LOOK_AGAIN_MS = 100;

export interface Idleness {
	/** Looks now whether everything is idle, and tells those who wait. */
	look(): void;
	wait(): Promise<void>;
	/** Tells those who still wait, since nothing will happen any more. */
	stop(): void;
}

export function createIdleness(isIdle: () => boolean): Idleness {
	let waiters: (() => void)[] = [];
	let timer: NodeJS.Timeout | undefined;

	function tellAll(): void {
		clearInterval(timer);
		timer = undefined;
		const waiting = waiters;
		waiters = [];
		for (const waiter of waiting) waiter();
	}

	function look(): void {
		if (waiters.length > 0 && isIdle()) tellAll();
	}

	return {
		look,
		wait() {
			if (isIdle()) return Promise.resolve();
			timer ??= setInterval(look, LOOK_AGAIN_MS);
			return new Promise((resolve) => {
				waiters.push(resolve);
			});
		},
		stop: tellAll,
	};
}
