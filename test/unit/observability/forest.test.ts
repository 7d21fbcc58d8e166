/** Parents, ancestors, descendants and their bytes, on small families. */
import { describe, expect, test } from "vitest";
import {
	ancestorsOf,
	attach,
	decodeParents,
	descendantsOf,
	encodeParents,
} from "../../../lambdas/jobs/observability/hierarchy/forest.ts";

// 1 ─ 2 ─ 4        9 stands alone
//   └ 3 ─ 5 ─ 6
const family = new Map([
	[1, 0],
	[2, 1],
	[3, 1],
	[4, 2],
	[5, 3],
	[6, 5],
	[9, 0],
]);

describe("a forest", () => {
	test("gives ancestors, the nearest first", () => {
		expect(ancestorsOf(family, 6)).toEqual([5, 3, 1]);
		expect(ancestorsOf(family, 1)).toEqual([]);
	});

	test("gives descendants with their depths", () => {
		expect(descendantsOf(family, 1)).toEqual([
			{ execution: 2, depth: 1 },
			{ execution: 3, depth: 1 },
			{ execution: 4, depth: 2 },
			{ execution: 5, depth: 2 },
			{ execution: 6, depth: 3 },
		]);
		expect(descendantsOf(family, 4)).toEqual([]);
	});

	test("takes a parent for a root", () => {
		const attached = attach(family, 9, 4);
		expect(attached.kind === "attached" && ancestorsOf(attached.parents, 9)).toEqual([4, 2, 1]);
	});

	test.each([
		["knows what stands there already", 2, 1, { kind: "present" }],
		["refuses a second parent", 2, 3, { kind: "other-parent", parent: 1 }],
		["refuses a descendant as parent", 1, 6, { kind: "cycle" }],
		["refuses an execution as its own parent", 9, 9, { kind: "cycle" }],
	])("%s", (_, execution, parent, expected) => {
		expect(attach(family, execution, parent)).toEqual(expected);
	});

	test("takes two or three bytes an execution when ids are near each other", () => {
		expect(encodeParents(family).length).toBe(14);
		expect(decodeParents(encodeParents(family))).toEqual(family);
	});

	test("keeps ids beyond 32 bits", () => {
		const far = new Map([
			[9_007_199_254_740_990, 0],
			[9_007_199_254_740_991, 9_007_199_254_740_990],
			[1, 0],
			[2, 9_007_199_254_740_991],
		]);
		expect(decodeParents(encodeParents(far))).toEqual(far);
	});

	test("of 10,000 executions in one line fits an item many times over, and is walked without recursion", () => {
		const line = new Map(Array.from({ length: 10_000 }, (_, index) => [index + 1, index]));
		expect(encodeParents(line).length).toBe(20_000);
		expect(ancestorsOf(line, 10_000)).toHaveLength(9_999);
		expect(descendantsOf(line, 1).at(-1)).toEqual({ execution: 10_000, depth: 9_999 });
		expect(attach(line, 1, 10_000)).toEqual({ kind: "cycle" });
	});
});
