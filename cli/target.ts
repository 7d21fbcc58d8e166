/** Which platform a command speaks to: the local stack where one runs, else AWS. The choice is always said. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { LOCAL_STATE_FILE, type LocalState, readLocalState } from "../local/state-file.ts";
import { connectPlatform } from "../shared/aws/connect.ts";
import { openPlatform } from "../shared/aws/open-platform.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import type { Platform } from "../shared/ports/platform.ts";

export interface TargetChoice {
	readonly aws?: boolean;
	readonly stack?: string;
	readonly region?: string;
}

export interface Target {
	readonly kind: "local" | "aws";
	readonly stack: string;
	readonly description: string;
	readonly platform: Platform;
}

export const STACK_DEFAULT = "Millrace";

/** The state of the local stack that runs in this folder or one above it. */
export function findLocalState(folder: string): LocalState | undefined {
	const file = join(folder, LOCAL_STATE_FILE);
	if (existsSync(file)) return readLocalState(file);
	const above = dirname(folder);
	return above === folder ? undefined : findLocalState(above);
}

/** Whether the choice is for the local stack, given that one runs: a region is AWS's. */
export const choosesLocal = (choice: TargetChoice): boolean => choice.aws !== true && choice.region === undefined;

export async function connectTarget(choice: TargetChoice, folder: string): Promise<Target> {
	const stack = choice.stack ?? STACK_DEFAULT;
	const local = choosesLocal(choice) ? findLocalState(folder) : undefined;
	if (local !== undefined) return localTarget(local, stack);
	const platform = await connectPlatform({
		stack,
		...(choice.region === undefined ? {} : { region: choice.region }),
	}).catch((error: unknown) => {
		throw choosesLocal(choice) ? withLocalHint(error) : error;
	});
	return { kind: "aws", stack, description: `AWS, stack ${stack} in ${platform.region}`, platform };
}

/** Who has just cloned meant the local stack. */
function withLocalHint(error: unknown): unknown {
	if (!(error instanceof MillraceError)) return error;
	const message = `No local stack runs in this folder or one above it (\`npm start\` starts one), so AWS was asked. ${error.message}`;
	return new MillraceError(error.code, message, { details: error.details, cause: error });
}

function localTarget(local: LocalState, stack: string): Target {
	const address = local.platforms[stack];
	if (address === undefined) {
		throw new MillraceError(
			"platform-not-found",
			`The local stack (process ${local.pid}) has no platform "${stack}"; it has ${Object.keys(local.platforms).join(", ") || "none yet"}. Choose one with --stack, or AWS with --aws.`,
			{ details: { stack, known: Object.keys(local.platforms) } },
		);
	}
	const platform = openPlatform(address, {
		region: local.region,
		endpoints: local.endpoints,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
	});
	return { kind: "local", stack, description: `local stack ${stack} (process ${local.pid})`, platform };
}
