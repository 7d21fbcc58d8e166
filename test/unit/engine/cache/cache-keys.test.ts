import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { cacheKeyOf, stampOf, tagOfText, tagsOfCall } from "../../../../shared/engine/cache/cache-keys.ts";
import { defineJob, defineQueueClass, type ResultCachePolicy } from "../../../../shared/job/index.ts";
import { canonicalJson } from "../../../../shared/kernel/canonical-json.ts";

const queueClass = defineQueueClass({ name: "quick", promise: "p" });
const job = (resultCache: Partial<ResultCachePolicy> = {}, name = "metrics") =>
	defineJob({
		name,
		description: "d",
		queueClass,
		input: z.unknown(),
		output: z.unknown(),
		resultCache: { seconds: 60, ...resultCache },
	});
const call = (input: unknown, more: { readonly sent?: unknown; readonly tenant?: string } = {}) => ({
	sent: input,
	input,
	tenant: undefined,
	...more,
});

describe("canonicalJson", () => {
	it.each([
		[{ b: 1, a: { d: [{ z: 1, y: 2 }], c: null } }, '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}'],
		[{ 10: "ten", 9: "nine", a: 0 }, '{"9":"nine","10":"ten","a":0}'],
		[{ "a,": "x", a: ",x" }, '{"a":",x","a,":"x"}'],
		[[3, 1, 2], "[3,1,2]"],
		["text", '"text"'],
	])("spells %o", (value, text) => {
		expect(canonicalJson(value)).toBe(text);
	});

	it("does not depend on the order in which keys were set", () => {
		expect(canonicalJson({ "a,": "x", a: ",x" })).toBe(canonicalJson({ a: ",x", "a,": "x" }));
	});
});

describe("the key of an entry", () => {
	const key = cacheKeyOf(job(), call({ a: 1, b: [2] }));

	it("names the job and tells its input by its digest", () => {
		expect(key).toMatch(/^metrics#[0-9a-f]{64}$/);
		expect(cacheKeyOf(job(), call({ b: [2], a: 1 }))).toBe(key);
	});

	it.each([
		["another input", cacheKeyOf(job(), call({ a: 1, b: ["2"] }))],
		["another job", cacheKeyOf(job({}, "other"), call({ a: 1, b: [2] }))],
		["a tenant", cacheKeyOf(job(), call({ a: 1, b: [2] }, { tenant: "acme" }))],
		["a tenant whose name is no text of JSON's", cacheKeyOf(job(), call({ a: 1, b: [2] }, { tenant: "null" }))],
		["another version", cacheKeyOf(job({ version: 2 }), call({ a: 1, b: [2] }))],
		["a cache that tenants share", cacheKeyOf(job({ perTenant: false }), call({ a: 1, b: [2] }))],
	])("is another for %s", (_, other) => {
		expect(other).not.toBe(key);
	});

	it("is one for all tenants where the job says so", () => {
		const shared = job({ perTenant: false });
		expect(cacheKeyOf(shared, call(1, { tenant: "acme" }))).toBe(cacheKeyOf(shared, call(1)));
	});

	it("tells inputs apart that a schema has turned into what JSON can't spell", () => {
		const mapOf = (text: string) => call(new Map([[text, 1]]), { sent: text });
		expect(cacheKeyOf(job(), mapOf("a"))).not.toBe(cacheKeyOf(job(), mapOf("b")));
		expect(cacheKeyOf(job(), mapOf("a"))).toBe(cacheKeyOf(job(), mapOf("a")));
		expect(cacheKeyOf(job(), mapOf("a"))).not.toBe(cacheKeyOf(job(), call("a")));
	});
});

describe("tags", () => {
	it("are those of the job, of the entry, and those declared, with fields and tenant in their places", () => {
		const tags = [
			"pipeline:{input.pipeline_id}",
			"{tenant}/{input.name}/{input.rows}",
			"{input.gone}:{input.none}",
			"all",
		];
		const input = { pipeline_id: 7, name: "a b", rows: [1], none: null };
		expect(tagsOfCall(job({ tags }), "k", call(input, { tenant: "acme" }))).toEqual([
			"job#metrics",
			"key#k",
			"tag#pipeline:7",
			"tag#acme/a b/[1]",
			"tag#:",
			"tag#all",
		]);
	});

	it("take a dollar sign and braces of the input as they are", () => {
		const tags = ["{input.a}{input.b}"];
		expect(tagsOfCall(job({ tags }), "k", call({ a: "$&{input.b}", b: "$1" })).at(-1)).toBe("tag#$&{input.b}$1");
	});

	it("are named by their digest where they are long", () => {
		expect(tagOfText("é".repeat(128))).toBe(`tag#${"é".repeat(128)}`);
		expect(tagOfText(`${"é".repeat(128)}!`)).toMatch(/^tag#sha256-[0-9a-f]{64}$/);
	});
});

it("stamps the same versions of the same tags alike, and no others", () => {
	const stamps = [
		stampOf(["a", "b"], { versions: ["1", undefined] }),
		stampOf(["a", "b"], { versions: [undefined, "1"] }),
		stampOf(["b", "a"], { versions: ["1", undefined] }),
		stampOf(["a"], { versions: ["1"] }),
		stampOf(["a", "b"], { versions: ["1", "1"] }),
	];
	expect(new Set(stamps).size).toBe(5);
	expect(stampOf(["a", "b"], { versions: ["1", undefined] })).toBe(stamps[0]);
});
