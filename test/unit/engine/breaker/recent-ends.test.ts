import { describe, expect, it } from "vitest";
import { createRecentEnds } from "../../../../shared/engine/breaker/recent-ends.ts";
import { defaultBreaker } from "../../../../shared/job/breaker.ts";
import { epochMs } from "../../../../shared/kernel/time.ts";

const policy = { ...defaultBreaker, failuresMin: 20, ratio: 0.5, windowSeconds: 60 };
const at = (seconds: number) => epochMs(seconds * 1000);
const many = (count: number, act: () => void) => Array.from({ length: count }, act);

describe("a worker's recent ends", () => {
	it("are no news while nothing fails", () => {
		const ends = createRecentEnds(policy);
		many(1000, ends.succeeded);
		expect(ends.isNews(at(3600))).toBe(false);
	});

	it("are news with the first failure, and hold no more successes than would hide ten failures", () => {
		const ends = createRecentEnds(policy);
		many(1000, ends.succeeded);
		ends.failed(at(0));
		expect(ends.isNews(at(0))).toBe(true);
		expect(ends.take(at(0))).toEqual({ failures: 1, successes: 10 });
		expect(ends.isNews(at(0))).toBe(false);
	});

	it("keep every success that comes after a failure", () => {
		const ends = createRecentEnds(policy);
		ends.failed(at(0));
		many(900, ends.succeeded);
		many(99, () => ends.failed(at(1)));
		expect(ends.take(at(1))).toEqual({ failures: 100, successes: 900 });
	});

	it("are told once in ten seconds where few fail, and at once where half do", () => {
		const ends = createRecentEnds(policy);
		ends.take(at(0));
		many(9, ends.succeeded);
		ends.failed(at(1));
		expect(ends.isNews(at(9))).toBe(false);
		expect(ends.isNews(at(10))).toBe(true);
		many(8, () => ends.failed(at(1)));
		expect(ends.isNews(at(1))).toBe(true);
	});

	it("forget what was too little to tell and is older than the window", () => {
		const ends = createRecentEnds(policy);
		ends.take(at(0));
		many(9, ends.succeeded);
		ends.failed(at(1));
		many(50, ends.succeeded);
		ends.failed(at(62));
		expect(ends.take(at(62))).toEqual({ failures: 1, successes: 10 });
	});
});
