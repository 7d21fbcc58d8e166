/** The platform of this folder, running on this machine with its page of dashboards. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalEvent } from "../../../local/local-event.ts";
import { startLocalStack } from "../../../local/local-stack.ts";
import { type Client, createClient } from "../../../shared/client/client.ts";
import { createOperator, type Operator } from "../../../shared/client/operator.ts";
import { openLocalPlatform } from "../open-local-platform.ts";
import { synthesizePlatform } from "../synth-platform.ts";
import { pageCatalogue } from "./catalogue.ts";

export interface PageStack {
	/** Of the page. */
	readonly url: string;
	readonly client: Client<typeof pageCatalogue.jobs>;
	readonly operator: Operator;
	readonly events: readonly LocalEvent[];
	/** Resolves when nothing is under way any more. */
	idle(): Promise<void>;
	/** Orders that end in 7 succeed from now on. */
	mend(): Promise<void>;
	stop(): Promise<void>;
}

export async function startPageStack(): Promise<PageStack> {
	const folder = await mkdtemp(join(tmpdir(), "millrace-page-"));
	const mended = join(folder, "mended");
	const outFolder = join(folder, "cdk.out");
	await synthesizePlatform({
		catalogue: pageCatalogue,
		workers: {
			shop: { entry: new URL("shop.ts", import.meta.url), environment: { PAGE_RUN_MENDED: mended } },
			office: { entry: new URL("office.ts", import.meta.url) },
		},
		outFolder,
	});
	const events: LocalEvent[] = [];
	const stack = await startLocalStack({
		assemblyDir: outFolder,
		pagePort: 0,
		onEvent: (event) => void events.push(event),
	});
	if (stack.page === undefined) throw new Error("The local stack has no page");
	const platform = openLocalPlatform(stack);
	const parts = { ...platform, catalogue: pageCatalogue };
	return {
		url: stack.page.url,
		client: createClient(parts),
		operator: createOperator(parts),
		events,
		idle: stack.idle,
		mend: () => writeFile(mended, ""),
		async stop() {
			await stack.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}
