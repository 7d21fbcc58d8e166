/** What stands in a bundle for parts of the SDK behaves as they would, as far as Lambda can ask for it. */
import { beforeEach, describe, expect, it } from "vitest";
import { CONFIG_PREFIX_SEPARATOR, loadSharedConfigFiles } from "../../cdk/bundle/stand-ins/config-files.ts";
import { HeaderFormatter } from "../../cdk/bundle/stand-ins/event-headers.ts";
import { Md5Js, Sha256Js } from "../../cdk/bundle/stand-ins/js-hashes.ts";
import LruCache from "../../cdk/bundle/stand-ins/lru-cache.ts";

describe("the cache of endpoints", () => {
	let cache: LruCache<readonly string[]>;
	beforeEach(() => {
		cache = new LruCache(2);
		cache.set("one", ["1"]);
		cache.set("two", ["2"]);
	});
	const kept = (): readonly string[] => ["one", "two", "three"].filter((key) => cache.has(key));

	it("forgets what was not asked for the longest", () => {
		expect(cache.get("one")).toEqual(["1"]);
		cache.set("three", ["3"]);
		expect(kept()).toEqual(["one", "three"]);
	});

	it("takes a look or a question for no use, and a new value for one", () => {
		expect(cache.peek("one")).toEqual(["1"]);
		expect(cache.has("one")).toBe(true);
		cache.set("two", []);
		cache.set("three", ["3"]);
		expect(kept()).toEqual(["two", "three"]);
		expect(cache.get("two")).toEqual([]);
	});

	it("has nothing that was not put, and nothing once it is cleared", () => {
		expect(cache.get("three")).toBeUndefined();
		expect(cache.peek("three")).toBeUndefined();
		cache.clear();
		expect(kept()).toEqual([]);
	});
});

it("there are no profiles", async () => {
	expect(await loadSharedConfigFiles()).toEqual({ configFile: {}, credentialsFile: {} });
	// As the SDK spells it: other parts of it import it from there.
	expect(CONFIG_PREFIX_SEPARATOR).toBe(".");
});

it.each([Md5Js, Sha256Js])("a hash in JavaScript can't be made and says why", (Hash) => {
	expect(() => new Hash()).toThrow("node:crypto");
});

it("event streams say how to get them", async () => {
	const path = "../../cdk/bundle/stand-ins/event-streams.ts";
	await expect(import(path)).rejects.toThrow('import "@smithy/core/event-streams"');
	expect(() => new HeaderFormatter().format()).toThrow("without event streams");
});
