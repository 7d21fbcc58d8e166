import { describe, expect, it } from "vitest";
import {
	groupLetters,
	isOfGroup,
	type LetterGrouping,
	type ListedLetter,
} from "../../../shared/client/dead-letters/group-letters.ts";

const letter = (messageId: string, more: Partial<ListedLetter> = {}): ListedLetter => ({
	messageId,
	runId: `run-${messageId}`,
	job: "sync",
	reason: "attempts-exhausted",
	excType: "TimeoutError",
	excMessage: "Order 4711 timed out after 300 ms",
	traceback: "at lookUp (/var/task/jobs/sync.ts:10:5)\nat file:///var/task/index.mjs:7:1",
	attempts: 4,
	failedAt: "2026-11-20T08:30:00.000Z",
	...more,
});

const members = (letters: readonly ListedLetter[], by: LetterGrouping): readonly string[] =>
	groupLetters(letters, by).map((group) => group.letters.map(({ messageId }) => messageId).join(" "));

describe("groupLetters", () => {
	it("takes errors whose messages differ in numbers and ids for one, and shows the latest", () => {
		const letters = [
			letter("a"),
			letter("b", { excMessage: "Order 4712 timed out after 301 ms", failedAt: "2026-11-20T09:00:00.000Z" }),
			letter("c", { excMessage: "Order 3f2a-9c timed out after 1.5 ms" }),
			letter("d", { excMessage: "Customer 4711 timed out after 300 ms" }),
			letter("e", { job: "other" }),
			letter("f", { excMessage: undefined, excType: undefined }),
		];
		expect(members(letters, "error")).toEqual(["b a c", ...members(letters, "error").slice(1)]);
		expect([...members(letters, "error")].sort()).toEqual(["b a c", "d", "e", "f"]);
		expect(groupLetters(letters)[0]).toMatchObject({
			count: 3,
			job: "sync",
			exc_type: "TimeoutError",
			exc_message: null,
			messages: 3,
			example: "Order 4712 timed out after 301 ms",
		});
	});

	it("takes stacks for one whatever lines, folders and functions they name", () => {
		const letters = [
			letter("a"),
			letter("b", {
				traceback: "at Yh (/build/7/jobs/sync.ts:99:1)\nat file:///other/index.mjs:1:1",
				excMessage: "x",
			}),
			letter("c", { traceback: "at lookUp (/var/task/jobs/save.ts:10:5)\nat file:///var/task/index.mjs:7:1" }),
			letter("d", { traceback: undefined }),
		];
		expect([...members(letters, "stack")].sort()).toEqual(["a b", "c", "d"]);
	});

	it.each([
		["reason", ["a b", "c"]],
		["attempts", ["a c", "b"]],
		["job", ["a", "b c"]],
	] as const)("groups by %s alone", (by, groups) => {
		const letters = [
			letter("a", { excMessage: "x" }),
			letter("b", { job: "other", attempts: 1 }),
			letter("c", { job: "other", reason: "gave-up" }),
		];
		expect([...members(letters, by)].sort()).toEqual(groups);
	});

	it("names a group after what its letters have in common, the same at any time", () => {
		const [first] = groupLetters([letter("a")]);
		const [later] = groupLetters([letter("z", { excMessage: "Order 1 timed out after 2 ms" }), letter("y")]);
		expect(first?.id).toBe(later?.id);
		expect(isOfGroup(letter("x"), first?.id ?? "")).toBe(true);
		expect(isOfGroup(letter("x", { reason: "gave-up" }), first?.id ?? "")).toBe(false);
		expect(isOfGroup(letter("x"), "error-0")).toBe(false);
	});
});
