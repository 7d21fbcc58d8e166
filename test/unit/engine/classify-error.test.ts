import { describe, expect, it } from "vitest";
import { classifyError } from "../../../shared/engine/classify-error.ts";
import { JobError } from "../../../shared/job/error-class.ts";
import { retryPolicy } from "../../../shared/job/retry-policy.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";

const named = (name: string, fields: object = {}) => Object.assign(new Error("boom"), { name, ...fields });
const classOf = (thrown: unknown, policy = retryPolicy()) => {
	const { error, retryable } = classifyError(thrown, policy);
	return [error.errorClass, retryable];
};

describe("classifyError", () => {
	it.each([
		["a job's own validation error", new JobError("validation", "m"), "validation", false],
		["configuration", new JobError("configuration", "m"), "configuration", false],
		["authentication", new JobError("authentication", "m"), "authentication", false],
		["database", new JobError("database", "m"), "database", true],
		["a job error that says it is final", new JobError("database", "m", { retryable: false }), "database", false],
		["HTTP 404", named("HttpError", { status: 404 }), "api", false],
		["HTTP 503", named("HttpError", { statusCode: 503 }), "api", true],
		["HTTP 429", named("HttpError", { status: 429 }), "rate-limit", true],
		["HTTP 401", named("HttpError", { status: 401 }), "authentication", false],
		["HTTP 408", named("HttpError", { status: 408 }), "timeout", true],
		["an SDK 400", named("ValidationException", { $metadata: { httpStatusCode: 400 } }), "api", false],
		["an SDK throttle", named("ThrottlingException", { $metadata: { httpStatusCode: 400 } }), "rate-limit", true],
		["an aborted fetch", named("AbortError"), "timeout", true],
		["a refused connection", named("Error", { code: "ECONNREFUSED" }), "api", true],
		["a fetch that reached nobody", named("TypeError", { cause: { code: "ENOTFOUND" } }), "api", true],
		[
			"a fetch that was not answered",
			named("TypeError", { cause: { code: "UND_ERR_HEADERS_TIMEOUT" } }),
			"timeout",
			true,
		],
		["a file that is not there", named("Error", { code: "ENOENT" }), "system", true],
		["a text", "boom", "system", true],
		["nothing", undefined, "system", true],
		["a bad result", new MillraceError("output-invalid", "m"), "validation", false],
		["the deadline", new MillraceError("attempt-deadline", "m"), "timeout", true],
	])("%s", (_, thrown, errorClass, retryable) => {
		expect(classOf(thrown)).toEqual([errorClass, retryable]);
	});

	it("lets the policy win over error and class, and neverOn over retryOn", () => {
		expect(classOf(new JobError("validation", "m"), retryPolicy({ retryOn: ["validation"] }))).toEqual([
			"validation",
			true,
		]);
		expect(classOf(new JobError("database", "m"), retryPolicy({ neverOn: ["database"] }))).toEqual(["database", false]);
		expect(
			classOf(new JobError("database", "m"), retryPolicy({ neverOn: ["database"], retryOn: ["database"] })),
		).toEqual(["database", false]);
	});

	it("keeps name, message, a short traceback and retry-after", () => {
		const found = classifyError(
			new JobError("database", "Connection timeout", { retryAfterSeconds: 7 }),
			retryPolicy(),
		);
		expect(found.error).toMatchObject({ excType: "DatabaseError", excMessage: "Connection timeout" });
		expect(found.error.traceback).toContain("classify-error.test.ts");
		expect(found.retryAfterSeconds).toBe(7);
	});

	it("cuts what is too long on a character boundary and mends what is ill-formed", () => {
		const { error } = classifyError(new Error(`${"é".repeat(1000)}`), retryPolicy());
		expect(Buffer.byteLength(error.excMessage)).toBeLessThanOrEqual(300);
		expect(error.excMessage.endsWith("é…")).toBe(true);
		expect(classifyError(new Error("a\ud800b"), retryPolicy()).error.excMessage).toBe("a\ufffdb");
	});

	it("names an error by its class when it never set a name", () => {
		class PaymentDeclined extends Error {}
		expect(classifyError(new PaymentDeclined("no"), retryPolicy()).error.excType).toBe("PaymentDeclined");
		expect(classifyError(new Error("no"), retryPolicy()).error.excType).toBe("Error");
	});

	it("survives what can't be spelled", () => {
		const cyclic: Record<string, unknown> = {};
		cyclic["self"] = cyclic;
		expect(classifyError(cyclic, retryPolicy()).error.excMessage).toBe("[object Object]");
	});
});
