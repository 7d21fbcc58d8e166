/** A team's hooks, as bad as they may be: they throw, throw what is no error, take their time, and hang. */
import type { HookedAttempt, WorkerHooks } from "../../shared/job/hooks.ts";
import { busyMs, type Caller } from "./event-loop.ts";
import { never } from "./fault-points.ts";
import type { World } from "./world.ts";

export const brokenHook = "this hook is broken";
const troubles = ["throws", "throws a text", "takes its time", "hangs"] as const;

const fail = (error: unknown): never => {
	throw error;
};

export function hooksOf(world: World, worker: Caller): WorkerHooks {
	async function call(hook: keyof WorkerHooks, attempt: HookedAttempt, told?: unknown): Promise<void> {
		const { draw, clock } = world;
		const place = `${worker.name} ${hook} hook of ${attempt.runId} attempt ${attempt.attempt}`;
		const trouble = world.mended ? undefined : draw.which(place, troubles, 0.2);
		world.see({ kind: "hooked", worker: worker.name, hook, attempt, told, trouble });
		if (trouble !== undefined) world.note("hook", `${hook} ${trouble}`);
		if (trouble === "throws") throw new TypeError(brokenHook);
		if (trouble === "throws a text") fail("broken");
		if (trouble === "takes its time") {
			await clock.sleep(draw.unit(`${place} time`) * (draw.chance(`${place} long`, 0.3) ? 90_000 : 8_000));
			if (busyMs(clock, worker) > 0) await clock.sleep(busyMs(clock, worker));
		}
		// The dead don't wake.
		if (trouble === "hangs" || !worker.alive) await never();
	}
	return {
		before: (attempt, input) => call("before", attempt, input),
		after: (attempt, end) => call("after", attempt, end),
		failure: (attempt, failure) => call("failure", attempt, failure),
		retry: (attempt, retry) => call("retry", attempt, retry),
	};
}
