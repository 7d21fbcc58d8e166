/**
 * Ports as one worker sees them: every call is a point at which the request or its answer is slow, lost, refused, or the worker's last.
 * A port added to the engine is made such by the same function; only what it answers for a failed item must be said.
 */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { plusMs } from "../../shared/kernel/time.ts";
import { busyMs, type Caller } from "./event-loop.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { World } from "./world.ts";

interface FailureOfPort {
	/** Thrown for a call that fails as a whole. */
	readonly whole: () => Error;
	/** Answered in place of one item's result, by the calls that answer one result for each item of their last argument. */
	readonly item?: () => unknown;
	readonly itemCalls?: readonly string[];
	/** Calls whose failures their callers are never told. */
	readonly quietCalls?: readonly string[];
	/** Arithmetic of the port's own, which goes nowhere. */
	readonly ownCalls?: readonly string[];
}

const why = "the simulated network failed";
/** Told apart, since nobody may suffer from it. */
export const breakersFailed = "the simulated network failed the breakers";
const failures: Readonly<Record<string, FailureOfPort>> = {
	store: {
		whole: () => new MillraceError("store-failed", why),
		item: () => ({ failed: new MillraceError("store-failed", why) }),
		itemCalls: ["claimMany", "settleMany", "beatMany"],
	},
	queue: {
		whole: () => new MillraceError("send-failed", why),
		item: () => ({ sent: false, error: why }),
		itemCalls: ["sendMany"],
		quietCalls: ["changeVisibilityMany"],
	},
	scheduler: { whole: () => new MillraceError("schedule-failed", why) },
	cache: { whole: () => new MillraceError("store-failed", why) },
	limits: { whole: () => new MillraceError("store-failed", why) },
	breakers: { whole: () => new MillraceError("store-failed", breakersFailed) },
	slots: { whole: () => new MillraceError("store-failed", why) },
	schedules: { whole: () => new MillraceError("store-failed", why) },
	debounce: { whole: () => new MillraceError("store-failed", why) },
	effects: { whole: () => new MillraceError("store-failed", why) },
	mappings: { whole: () => new MillraceError("mapping-failed", why), ownCalls: ["feeds"] },
	operator: { whole: () => new MillraceError("queue-failed", why) },
	sweeps: { whole: () => new MillraceError("store-failed", why), ownCalls: ["placeAt", "instantOf"] },
	blobs: { whole: () => new MillraceError("blob-failed", why) },
};

/** Each anew: a promise that is shared and never resolves would keep every world that waits for it. */
export const never = (): Promise<never> => new Promise(() => {});
const slowMsMax = 5_000;
/** How long an ordinary call takes, each way: what interleaves the calls of neighbours. */
const ordinaryMsMax = 60;

/** Long enough for a function to end and its message to be delivered again. */
export const frozenMsMaxOf = ({ settings }: World): number => Math.min(settings.timeoutSeconds * 2 + 100, 300) * 1_000;

type Call = (...given: unknown[]) => Promise<unknown>;

export function throughFaults<Port extends object>(world: World, caller: Caller, port: string, inner: Port): Port {
	const { ownCalls } = failures[port] ?? {};
	// Not assigned one by one under computed names: V8 would keep each world until a full collection (see trail.ts of the engine).
	const outer = Object.entries(inner).map(([method, call]: [string, unknown]): [string, unknown] => {
		if (typeof call !== "function" || ownCalls?.includes(method) === true) return [method, call];
		let nth = 0;
		const through = (...given: unknown[]) =>
			callThrough(world, caller, { port, method, nth: ++nth }, call as Call, given);
		return [method, through];
	});
	return Object.fromEntries(outer) as Port;
}

interface Point {
	readonly port: string;
	readonly method: string;
	readonly nth: number;
}

async function callThrough(world: World, caller: Caller, at: Point, call: Call, given: unknown[]): Promise<unknown> {
	const { draw, clock, settings } = world;
	const place = `${caller.name} ${at.port}.${at.method} ${at.nth}`;
	const lagMs = (way: string): number => draw.unit(`${place} ${way}`) ** 3 * ordinaryMsMax;
	if (!caller.alive) return never();
	await clock.sleep(lagMs("request"));
	if (busyMs(clock, caller) > 0) await clock.sleep(busyMs(clock, caller));
	if (!caller.alive) return never();

	const fault = world.faults ? draw.which(place, settings.faults, settings.faultRate) : undefined;
	if (fault !== undefined) world.note(fault, `${at.port}.${at.method}`);
	if (fault === "slow request") await clock.sleep(draw.unit(`${place} slow`) * slowMsMax);
	if (fault === "frozen") await clock.sleep(draw.unit(`${place} slow`) * frozenMsMaxOf(world));
	if (fault === "dies before the call" || fault === "dies and the call lands later") caller.die();
	if (fault === "dies and the call lands later") {
		await clock.sleep(draw.unit(`${place} slow`) * frozenMsMaxOf(world));
		await call(...given);
	}
	if (!caller.alive) return never();

	const out = isOut(world, at.port);
	const answer = await failing(world, at, { place, fault: out ? "refused" : fault, allFail: out }, call, given);
	if (fault === "dies after the call") caller.die();
	await clock.sleep(fault === "slow answer" ? draw.unit(`${place} slow`) * slowMsMax : lagMs("answer"));
	if (busyMs(clock, caller) > 0) await clock.sleep(busyMs(clock, caller));
	return caller.alive ? answer() : never();
}

const isOut = ({ outages, clock, faults }: World, port: string): boolean =>
	faults && (outages.get(port) ?? clock.now()) > clock.now();

/** Makes the call, with the part of it that fails left out or its answer lost. @returns what gives the caller its answer. */
async function failing(
	{ draw }: World,
	{ port, method }: Point,
	{
		place,
		fault,
		allFail,
	}: { readonly place: string; readonly fault: FaultKind | undefined; readonly allFail: boolean },
	call: Call,
	given: unknown[],
): Promise<() => unknown> {
	if (fault !== "refused" && fault !== "answer lost") {
		const answer = await call(...given);
		return () => answer;
	}
	const failure = failures[port];
	const items = given.at(-1);
	if (failure?.item === undefined || !failure.itemCalls?.includes(method) || !Array.isArray(items)) {
		if (fault === "answer lost") await call(...given);
		return () => {
			if (failure?.quietCalls?.includes(method) === true) return undefined;
			throw failure?.whole() ?? new Error(why);
		};
	}
	const { item } = failure;
	const all = allFail || draw.chance(`${place} all`, 0.5);
	const fails = items.map((_, index) => all || draw.chance(`${place} item ${index}`, 0.5));
	const made = items.filter((_, index) => fault === "answer lost" || !fails[index]);
	const answers = made.length === 0 ? [] : ((await call(...given.slice(0, -1), made)) as unknown[]);
	let next = 0;
	const results = items.map((_, index) => {
		const answer = fault === "answer lost" || !fails[index] ? answers[next++] : undefined;
		return fails[index] ? item() : answer;
	});
	return () => results;
}

/** For the whole port, for a while. */
export function startOutage(world: World, port: string, durationMs: number): void {
	world.outages.set(port, plusMs(world.clock.now(), durationMs));
	world.note("outage", port);
}
