import { describe, expect, it } from "vitest";
import { admit } from "../../../shared/engine/admit.ts";
import { epochMs } from "../../../shared/kernel/time.ts";

const at = (text: string) => epochMs(Date.parse(text));
const sent = at("2026-11-20T10:00:00Z");
const now = at("2026-11-20T10:05:00Z");
const verdict = (message: object) => {
	const admission = admit({ job: "a", ...message }, sent, now);
	return admission.verdict === "refuse" ? admission.refusal.reason : admission.verdict;
};

describe("admit", () => {
	it("lets a plain message go", () => expect(verdict({})).toBe("go"));
	it("holds a message until its notBefore", () => {
		expect(admit({ job: "a", notBefore: "2026-11-20T10:05:01Z" }, sent, now)).toEqual({
			verdict: "not-before",
			until: at("2026-11-20T10:05:01Z"),
		});
		expect(verdict({ notBefore: "2026-11-20T10:05:00Z" })).toBe("go");
	});
	it("refuses a notBefore more than 366 days ahead", () => {
		expect(verdict({ notBefore: "2027-11-21T10:05:00Z" })).toBe("not-before");
		expect(verdict({ notBefore: "2027-11-22T10:05:00Z" })).toBe("message-invalid-field");
		expect(verdict({ notBefore: "9999-12-31T00:00:00Z" })).toBe("message-invalid-field");
	});
	it("ends what expired while it waited, quietly", () => {
		expect(verdict({ expiresAt: "2026-11-20T10:05:00Z" })).toBe("expired");
		expect(verdict({ expiresAt: "2026-11-20T10:05:01Z" })).toBe("go");
	});
	it("refuses what was past when it was sent, but not a retry of something older", () => {
		expect(verdict({ expiresAt: "2026-11-20T10:00:00Z" })).toBe("already-expired");
		expect(verdict({ expiresAt: "2026-11-20T09:00:00Z", attempt: 2, hops: 1 })).toBe("expired");
	});
	it("refuses what would expire before it may start", () => {
		expect(verdict({ notBefore: "2026-11-20T11:00:00Z", expiresAt: "2026-11-20T11:00:00Z" })).toBe("already-expired");
		expect(verdict({ notBefore: "2026-11-20T11:00:00Z", expiresAt: "2026-11-20T11:00:01Z" })).toBe("not-before");
	});
	it("stops a message that goes round", () => {
		expect(verdict({ hops: 10_001 })).toBe("hop-limit");
		expect(verdict({ hops: 10_000 })).toBe("go");
	});
});
