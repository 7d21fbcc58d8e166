/** What every source of secrets keeps. */
import { expect, it } from "vitest";
import type { SecretSource } from "../../shared/ports/secret-source.ts";

export interface SecretWorld {
	readonly source: SecretSource;
	put(parameter: string, value: string): Promise<void>;
}

export function describeSecretSource(make: () => Promise<SecretWorld>): void {
	it("reads what stands there now, byte by byte", async () => {
		const { source, put } = await make();
		await put("/hooks/github", "one\ntwo ünd 🎉");
		expect(await source.read("/hooks/github")).toBe("one\ntwo ünd 🎉");
		await put("/hooks/github", "three");
		expect(await source.read("/hooks/github")).toBe("three");
	});

	it("knows that there is none", async () => {
		const { source, put } = await make();
		await put("/hooks/github", "one");
		expect(await source.read("/hooks/gitlab")).toBeUndefined();
		expect(await source.read("/hooks")).toBeUndefined();
	});
}
