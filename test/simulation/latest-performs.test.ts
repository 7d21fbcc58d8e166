/** What the checker of debounce makes of rows whose words lead in a circle. */
import { expect, it } from "vitest";
import { latestPerforms } from "./checkers/latest-performs.ts";
import type { Seen } from "./history.ts";
import type { World } from "./world.ts";

/** @param steps of runs of one key; who gives way says to whom. */
function check(
	steps: readonly (readonly [at: number, what: "asked" | "gives way" | "performs", id: string, to?: string])[],
): readonly string[] {
	const rows = new Map<string, { id: string; state: string; job: string; reason: string }>();
	const world = {
		features: { debounce: true },
		blobs: { blobs: new Map() },
		purged: new Set(),
		row: (id: string) => rows.get(id),
	} as unknown as World;
	const broken: string[] = [];
	const checker = latestPerforms.create(world, (_, how) => broken.push(how));
	const see = (seen: object): void => checker.observe?.(seen as Seen);
	for (const [at, what, id, to] of steps) {
		if (what === "asked")
			see({
				kind: "sent",
				at,
				target: { queueClass: "quick", queue: "main" },
				messageId: `${id} ${at}`,
				body: JSON.stringify({ job: "quiet", id, tenant: "t" }),
			});
		if (what === "performs") see({ kind: "performing", at, performance: { job: "quiet", runId: id } });
		if (what !== "gives way") continue;
		rows.set(id, { id, state: "SKIPPED", job: "quiet", reason: `debounced_by: ${to}` });
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

it("holds so where the first was asked for again before it gave way", () => {
	const [first, second, third, again, last] = circle;
	expect(check([first, second, again, third, last, [6, "asked", "c"], [9, "performs", "c"]])).toEqual([]);
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
