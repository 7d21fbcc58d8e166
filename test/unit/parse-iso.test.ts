import { describe, expect, it } from "vitest";
import { parseIso } from "../../shared/kernel/time.ts";

describe("parseIso", () => {
	it.each([
		["2026-11-20T09:00:00Z", 1_795_165_200_000],
		["2026-11-20T10:00:00+01:00", 1_795_165_200_000],
		["2026-11-20T10:00:00.000001+0100", 1_795_165_200_000],
		["2026-11-20T09:00", 1_795_165_200_000],
		// As Python's str() of a datetime has it.
		["2026-11-20 09:00:00", 1_795_165_200_000],
		["2026-11-20", 1_795_132_800_000],
	])("reads %s; without an offset it is UTC, wherever it is read", (text, instant) => {
		expect(parseIso(text)).toBe(instant);
	});

	it.each(["banana 5", "1", "", "tomorrow", "20 Nov 2026", "2026-13-01", "2026-11-20T25:00:00Z", "+010000-01-01"])(
		"takes %j for no instant",
		(text) => {
			expect(parseIso(text)).toBeUndefined();
		},
	);
});
