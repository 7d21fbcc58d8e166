/** What every mapping operator does, in memory or over Lambda's API. */
import { beforeEach, describe, expect, it } from "vitest";
import type { MappingOperator } from "../../shared/ports/mapping-operator.ts";

/** `open` gives an operator of the classes `a` and `b`, both active. */
export function mappingOperatorContract(name: string, open: () => Promise<MappingOperator>): void {
	describe(`mapping operator: ${name}`, () => {
		let operator: MappingOperator;
		beforeEach(async () => {
			operator = await open();
		});

		it("pauses one class and leaves the other", async () => {
			expect(await operator.read("a")).toEqual({ state: "active" });
			await operator.pause("a", "warehouse is down");
			expect(await operator.read("a")).toEqual({
				state: "paused",
				reason: "warehouse is down",
				since: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
			});
			expect(await operator.read("b")).toEqual({ state: "active" });
		});

		it("resumes, and has forgotten the reason when the class is paused again", async () => {
			await operator.pause("a", "first");
			await operator.resume("a");
			expect(await operator.read("a")).toEqual({ state: "active" });
			await operator.pause("a");
			expect(await operator.read("a")).toEqual({ state: "paused", since: expect.any(String) });
		});

		it("replaces the reason of what is paused already, or drops it", async () => {
			await operator.pause("a", "first");
			await operator.pause("a", "second");
			expect(await operator.read("a")).toMatchObject({ reason: "second" });
			await operator.pause("a");
			expect((await operator.read("a")).reason).toBeUndefined();
		});

		it("keeps any reason as it was written", async () => {
			const reason = 'Müller said: "stop, #42 = 100 %" (日本語) 🛑 =41 a\nb';
			await operator.pause("a", reason);
			expect(await operator.read("a")).toMatchObject({ reason });
		});

		it("resumes what is not paused without a word", async () => {
			await operator.resume("a");
			expect(await operator.read("a")).toEqual({ state: "active" });
		});

		it("resizes one class, and keeps under which profile; pausing leaves both alone", async () => {
			expect(await operator.size("a")).toEqual({ invocations: 10 });
			await operator.resize("a", { invocations: 4, profile: "safe" });
			await operator.pause("a", "why");
			await operator.resume("a");
			expect(await operator.size("a")).toEqual({ invocations: 4, profile: "safe" });
			expect(await operator.size("b")).toEqual({ invocations: 10 });
		});

		it("names a class that is not there", async () => {
			for (const call of [operator.read("c"), operator.pause("c"), operator.resume("c")]) {
				await expect(call).rejects.toMatchObject({ code: "queue-class-not-found" });
			}
		});
	});
}
