// The bench's own stack on the local runtime: synthesized, read from its template and run as any other.
import { join } from "node:path";
import { type LocalStack, startLocalStack } from "../../local/local-stack.ts";
import type { PlatformAddress } from "../../shared/wire/platform-address.ts";
import { localPlatformAddress } from "../../test/support/open-local-platform.ts";
import { synthesizePlatform } from "../../test/support/synth-platform.ts";
import { benchCatalogue } from "../workload/catalogue.ts";
import { CACHE_FOLDER } from "./paths.ts";

export interface BenchStack {
	readonly stack: LocalStack;
	readonly platform: PlatformAddress;
}

export async function startBenchStack(): Promise<BenchStack> {
	const outFolder = join(CACHE_FOLDER, "cdk.out");
	await synthesizePlatform({
		catalogue: benchCatalogue,
		workers: { bench: { entry: new URL("../workload/worker.ts", import.meta.url) } },
		outFolder,
	});
	const stack = await startLocalStack({ assemblyDir: outFolder });
	return { stack, platform: localPlatformAddress(stack) };
}
