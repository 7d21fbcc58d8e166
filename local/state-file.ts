/**
 * The file by which a running local stack is found: the CLI reads it, and a second start in the same place is refused while the first lives.
 * A file that a killed process left is replaced.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod/mini";
import { MillraceError } from "../shared/kernel/errors.ts";
import { platformAddressSchema } from "../shared/wire/platform-address.ts";

/** Where `npm start` writes it, below the project folder. */
export const LOCAL_STATE_FILE = ".millrace/local.json";

/** In a data folder, of the stack that uses it. */
export const DATA_OWNER_FILE = "owner.json";

const localStateSchema = z.object({
	pid: z.int(),
	/** ISO 8601. */
	startedAt: z.string(),
	region: z.string(),
	endpoints: z.object({
		sqs: z.string(),
		s3: z.string(),
		dynamodb: z.string(),
		scheduler: z.string(),
		lambda: z.string(),
		ssm: z.optional(z.string()),
		cloudwatch: z.optional(z.string()),
	}),
	/** Where HTTP APIs answer, by stack. */
	apis: z._default(z.record(z.string(), z.string()), {}),
	stacks: z.record(z.string(), z.object({ outputs: z.record(z.string(), z.string()) })),
	platforms: z.record(z.string(), platformAddressSchema),
});
export type LocalState = z.infer<typeof localStateSchema>;

const ownerSchema = z.object({ pid: z.int() });

export function processLives(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return !isZombie(pid);
	} catch (error) {
		// EPERM: it lives, and belongs to someone else.
		return error instanceof Error && "code" in error && error.code === "EPERM";
	}
}

/** A process that ended, but whose parent has not asked for its exit status yet: in containers that may be never. */
function isZombie(pid: number): boolean {
	try {
		return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
	} catch {
		return false;
	}
}

function ownerOf(file: string): number | undefined {
	try {
		return ownerSchema.parse(JSON.parse(readFileSync(file, "utf8"))).pid;
	} catch {
		return undefined;
	}
}

/**
 * For what comes before the claim and takes long, or changes what a running stack uses.
 * @throws MillraceError `local-stack-running` while a process holds the file.
 */
export function refuseClaimed(file: string): void {
	const owner = ownerOf(file);
	if (owner === undefined || !processLives(owner)) return;
	throw new MillraceError(
		"local-stack-running",
		`A local stack is running here already (process ${owner}, by ${file}). Stop it with Ctrl-C in its terminal, or \`kill ${owner}\`; if that process is something else, delete the file.`,
		{ details: { pid: owner, file } },
	);
}

function claim(file: string, content: object): void {
	mkdirSync(dirname(file), { recursive: true });
	const text = `${JSON.stringify(content, null, "\t")}\n`;
	for (let attempt = 0; ; attempt++) {
		try {
			writeFileSync(file, text, { flag: "wx" });
			return;
		} catch (error) {
			if (!(error instanceof Error && "code" in error && error.code === "EEXIST") || attempt > 2) throw error;
		}
		refuseClaimed(file);
		rmSync(file, { force: true });
	}
}

export interface StateFile {
	write(state: LocalState): void;
	remove(): void;
}

/** Takes the place at once (or throws `local-stack-running`); the addresses are written when they are known. */
export function claimStateFile(file: string): StateFile {
	claim(file, { pid: process.pid });
	return {
		write(state) {
			writeFileSync(file, `${JSON.stringify(state, null, "\t")}\n`);
		},
		remove() {
			if (ownerOf(file) === process.pid) rmSync(file, { force: true });
		},
	};
}

/** The state of the local stack that runs here, or undefined when none does. */
export function readLocalState(file: string): LocalState | undefined {
	let content: unknown;
	try {
		content = JSON.parse(readFileSync(file, "utf8"));
	} catch {
		return undefined;
	}
	const parsed = localStateSchema.safeParse(content);
	return parsed.success && processLives(parsed.data.pid) ? parsed.data : undefined;
}
