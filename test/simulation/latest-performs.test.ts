/** What the checker of debounce makes of rows whose words lead in a circle. */
import { expect, it } from "vitest";
import { latestPerforms } from "./checkers/latest-performs.ts";
import type { Seen } from "./history.ts";
import type { World } from "./world.ts";

/** What is sent: a first message, perhaps with a `notBefore` or an `expiresAt`; or the one that the engine sends on when it is time. */
const wishes = {
	asked: {},
	"asked for later": { notBefore: "1970-01-01T00:00:00.006Z" },
	"asked until 7": { expiresAt: "1970-01-01T00:00:00.007Z" },
	comes: { hops: 1 },
};
/** `gives way`, `acknowledged`, `refused`, `in conflict`: by the last message that was sent for the run, or the one that is named. */
type Step =
	| readonly [at: number, what: "gives way", id: string, to: string, messageId?: string]
	| readonly [at: number, what: keyof typeof wishes | "performs", id: string]
	| readonly [at: number, what: "acknowledged" | "refused" | "in conflict", id: string, messageId?: string];

/** @param steps of runs of one key; who gives way says to whom. */
function check(steps: readonly Step[]): readonly string[] {
	const rows = new Map<
		string,
		{ id: string; state: string; job: string; reason: string; carrier: string | undefined }
	>();
	const world = {
		features: { debounce: true },
		blobs: { blobs: new Map() },
		purged: new Set(),
		settings: { skewMsMax: 0 },
		row: (id: string) => rows.get(id),
	} as unknown as World;
	const broken: string[] = [];
	const checker = latestPerforms.create(world, (_, how) => broken.push(how));
	const see = (seen: object): void => checker.observe?.(seen as Seen);
	const target = { queueClass: "quick", queue: "main" };
	const messages = new Map<string, { readonly messageId: string; readonly body: string }>();
	for (const [at, what, id, ...rest] of steps) {
		if (what in wishes) {
			const wish = { job: "quiet", id, tenant: "t", ...wishes[what as keyof typeof wishes] };
			messages.set(id, { messageId: `${id}-${at}`, body: JSON.stringify(wish) });
			see({ kind: "sent", at, target, ...messages.get(id) });
		}
		const [to, messageId] = what === "gives way" ? rest : [undefined, ...rest];
		const message = { ...messages.get(id), ...(messageId === undefined ? {} : { messageId }) };
		const reason = { refused: "invalid-input", "in conflict": "run-id-conflict" }[what as string];
		if (reason !== undefined) see({ kind: "message refused", at, reason, ...message });
		if (what === "acknowledged") see({ kind: "removed", at, target, moved: false, ...message });
		if (what === "performs") see({ kind: "performing", at, performance: { job: "quiet", runId: id } });
		if (what !== "gives way") continue;
		rows.set(id, { id, state: "SKIPPED", job: "quiet", reason: `debounced_by: ${to}`, carrier: message.messageId });
		see({ kind: "row", at, before: undefined, after: rows.get(id) });
	}
	checker.calm?.();
	return broken;
}

/** `a` gave way to `b`, was asked for again, and `b` gave way to it. */
const circle = [
	[1, "asked", "a"],
	[2, "asked", "b"],
	[3, "gives way", "a", "b"],
	[4, "asked", "a"],
	[5, "gives way", "b", "a"],
] as const;
const bothLost = [
	"a gave way to b, which did not perform after a was enqueued",
	"b gave way to a, which did not perform after b was enqueued",
];

it("holds where a third run, asked for after them, has performed for both", () => {
	expect(check([...circle, [6, "asked", "c"], [9, "performs", "c"]])).toEqual([]);
});

it("holds so where the first was asked for again before it gave way, if not by what was asked for last", () => {
	const [first, second, , again, last] = circle;
	const by = (messageId: string) =>
		check([first, second, again, [4, "gives way", "a", "b", messageId], last, [6, "asked", "c"], [9, "performs", "c"]]);
	expect(by("a-1")).toEqual([]);
	expect(by("a-4")).toEqual(bothLost);
});

it("is broken where nobody performed, or only one that was asked for before", () => {
	expect(check(circle)).toEqual(bothLost);
	expect(check([...circle, [6, "asked", "c"]])).toEqual(bothLost);
	expect(check([...circle, [9, "performs", "z"]])).toEqual(bothLost);
});

it("is broken where one that was asked for once gave way to a run that did not perform, whoever else did", () => {
	expect(
		check([
			[1, "asked", "a"],
			[2, "asked", "b"],
			[3, "gives way", "a", "b"],
			[6, "asked", "c"],
			[9, "performs", "c"],
		]),
	).toEqual([bothLost[0]]);
});

it("takes a run that waits for its time as asked for when that has come", () => {
	const [first, second, third] = circle;
	const later = [
		first,
		second,
		third,
		[4, "asked for later", "a"],
		[6, "comes", "a"],
		[7, "gives way", "b", "a"],
	] as const;
	expect(check([...later, [8, "asked", "c"], [9, "performs", "c"]])).toEqual([]);
	expect(check([...later.slice(0, 4), [5, "asked", "c"], ...later.slice(4), [9, "performs", "c"]])).toEqual(bothLost);
});

it("holds so where the first waited for its time, and one of its two messages gave way", () => {
	const [, second, , , last] = circle;
	const later = [
		[1, "asked for later", "a"],
		second,
		[4, "comes", "a"],
		[5, "gives way", "a", "b", "a-1"],
		last,
	] as const;
	const c = [9, "performs", "c"] as const;
	expect(check([...later, [6, "asked", "c"], c])).toEqual([]);
	expect(check([...later, [6, "asked", "c"]])).toEqual(bothLost);
	expect(check([...later.slice(0, 2), [3, "asked", "c"], ...later.slice(2), c])).toEqual(bothLost);
});

it("holds where what was asked for last had expired when it came to its end, and only there", () => {
	const [first, second, third, , last] = circle;
	const until = [first, second, third, [4, "asked until 7", "a"], last] as const;
	expect(check([...until, [8, "acknowledged", "a"]])).toEqual([]);
	expect(check([...until, [6, "acknowledged", "a"]])).toEqual(bothLost);
	expect(check([...until, [8, "acknowledged", "a"], [9, "asked", "a"]])).toEqual(bothLost);
});

it("holds where what was asked for last was refused, until it is redriven", () => {
	const refused = [...circle, [6, "refused", "a"], [7, "acknowledged", "a"]] as const;
	expect(check(refused)).toEqual([]);
	expect(check([...refused, [8, "asked", "a"]])).toEqual(bothLost);
	expect(check([...refused, [8, "asked", "a"], [9, "performs", "a"]])).toEqual([]);
	expect(check([...circle, [6, "in conflict", "a"], [7, "acknowledged", "a"]])).toEqual(bothLost);
});

it("is broken where only an earlier wish of the run was refused, or what was refused came before the one that gave way", () => {
	const [first, second] = circle;
	const earlier = [...circle, [6, "refused", "a", "a-1"], [7, "acknowledged", "a", "a-1"]] as const;
	expect(check([...earlier, [8, "acknowledged", "a"]])).toEqual(bothLost);
	expect(
		check([
			first,
			second,
			[3, "gives way", "a", "b"],
			[4, "refused", "b"],
			[4, "acknowledged", "b"],
			[5, "asked", "c"],
			[6, "asked", "a"],
			[7, "gives way", "c", "a"],
		]),
	).toEqual(["c gave way to a, which did not perform after c was enqueued"]);
});
