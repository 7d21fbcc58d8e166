/** `millrace start`: any team's CDK app on this machine. Synthesizes it as the CDK command line does, and stays up until it is interrupted. */
import { join, resolve } from "node:path";
import { startLocalStack } from "./local-stack.ts";
import { synthesize } from "./main-job/synthesize.ts";
import { atTime, createDescriber } from "./main-job/worker-lines.ts";
import { PAGE_PORT } from "./page/dashboard-page.ts";
import { LOCAL_STATE_FILE, refuseClaimed } from "./state-file.ts";
import { stoppingWords } from "./stopping-words.ts";

export interface StartAppOptions {
	/** Where cdk.json lies. */
	readonly folder: string;
	/** The module of its catalogue. */
	readonly catalogueFile?: string;
	/** Keeps the state over restarts. */
	readonly dataDir?: string;
	readonly interrupt: AbortSignal;
	readonly say: (line: string) => void;
}

/** @throws MillraceError `assembly-not-found` with what the app said, `local-stack-running`, `local-stack-failed` */
export async function startApp({ folder, catalogueFile, dataDir, interrupt, say }: StartAppOptions): Promise<void> {
	const assemblyDir = join(folder, "cdk.out");
	const stateFile = join(folder, LOCAL_STATE_FILE);
	// Before the assembly is written that a running stack may still read.
	refuseClaimed(stateFile);
	say("Synthesizing the app…");
	await synthesize(folder, assemblyDir, interrupt);
	say("Starting the stack…");
	const describe = createDescriber();
	const stack = await startLocalStack({
		assemblyDir,
		stateFile,
		hotReload: true,
		pagePort: PAGE_PORT,
		watch: [folder],
		...(catalogueFile === undefined ? {} : { catalogueFile }),
		...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
		onEvent: (event) => {
			const line = describe(event);
			if (line !== undefined) say(atTime(line));
		},
	});
	try {
		for (const [name, { queues }] of Object.entries(stack.platforms)) {
			say(`${name} is up, with the queues ${Object.keys(queues).join(", ")}.`);
		}
		for (const url of Object.values(stack.apis)) say(`HTTP API: ${url}`);
		if (stack.page !== undefined) say(`Dashboards: ${stack.page.url}`);
		say(
			"In another terminal: `npx millrace jobs`, `npx millrace call JOB --input JSON --wait`, `npx millrace schedules`. Ctrl-C stops it.",
		);
		await new Promise<void>((stop) => {
			if (interrupt.aborted) stop();
			else interrupt.addEventListener("abort", () => stop(), { once: true });
		});
		say(stoppingWords(stack.undone(), dataDir !== undefined));
	} finally {
		await stack.stop();
	}
}
