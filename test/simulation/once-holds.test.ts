/** What the checker of `ctx.once` makes of redrives when rows have expired, and their names were used again. */
import { expect, it } from "vitest";
import { onceHolds } from "./checkers/once-holds.ts";
import type { Seen } from "./history.ts";
import type { World } from "./world.ts";

type Life =
	/** The first generation, in a row that is made now. */
	| readonly [at: number, what: "begins"]
	/** The next one, by a letter of the run that was born then; the row of that had expired. */
	| readonly [at: number, what: "redriven", born: number];

/** @param lives of one run's name, each of which performs its effect and keeps what that came to. */
function check(lives: readonly Life[]): readonly string[] {
	const broken: string[] = [];
	const world = { blobs: { blobs: new Map() } } as unknown as World;
	const checker = onceHolds.create(world, (_, how) => broken.push(how));
	const see = (seen: object): void => checker.observe?.(seen as Seen);
	for (const [at, what, born] of lives) {
		const messageId = `message ${at}`;
		const target = { queueClass: "express", queue: "main" };
		see({ kind: "sent", at, target, messageId, body: JSON.stringify({ job: "pay", id: "a", born }) });
		const row = { id: "a", generation: what === "begins" ? 1 : 2, createdAt: at, carrier: messageId };
		see({ kind: "row", at, before: undefined, after: { ...row, state: "STARTED" } });
		const done = { runId: "a", key: "charge", value: `by ${at}` };
		see({ ...done, kind: "effect", at, asked: at, of: `performance ${at}`, rank: at, failed: false });
		see({ kind: "kept", at, scope: "a", key: "charge", json: JSON.stringify(done.value) });
		see({ ...done, kind: "once", at });
		see({ kind: "row", at, before: { ...row, state: "STARTED" }, after: { ...row, state: "FAILURE" } });
	}
	return broken;
}

const again = (since: number): readonly string[] => [
	`performance 9 performs its charge again, asked ${9 - since} ms after "by ${since}" was kept`,
	`the charge of a was kept as "by ${since}" and is "by 9" now`,
	`a is told "by 9" of its charge, and was told "by ${since}" before`,
];

it("is broken where a redriven run performs again what it has kept, though its row has expired", () => {
	const lives: readonly Life[] = [
		[1, "begins"],
		[9, "redriven", 1],
	];
	expect(check(lives)).toEqual(again(1));
});

it("is broken so by a letter that tells of a birth which no run of that name had", () => {
	const lives: readonly Life[] = [
		[1, "begins"],
		[9, "redriven", 3],
	];
	expect(check(lives)).toEqual(again(1));
});

it("is broken so where its name was used before", () => {
	const lives: readonly Life[] = [
		[1, "begins"],
		[5, "begins"],
		[9, "redriven", 5],
	];
	expect(check(lives)).toEqual(again(5));
});

it("holds where another run of that name has kept its own since", () => {
	const lives: readonly Life[] = [
		[1, "begins"],
		[5, "begins"],
		[9, "redriven", 1],
	];
	expect(check(lives)).toEqual([]);
});
