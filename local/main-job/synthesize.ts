/** Synthesizes the app as the CDK command line does: `node cdk/app.ts` with the context of cdk.json, into a folder. No account, no network. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";

const cdkJsonSchema = z.object({ app: z.string(), context: z.optional(z.record(z.string(), z.unknown())) });

/** @throws MillraceError `assembly-not-found` with what the app said; the signal's reason when it aborts. */
export async function synthesize(projectFolder: string, outputFolder: string, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	const { context = {} } = cdkJsonSchema.parse(JSON.parse(readFileSync(join(projectFolder, "cdk.json"), "utf8")));
	const child = spawn(process.execPath, ["cdk/app.ts"], {
		cwd: projectFolder,
		env: { ...process.env, CDK_OUTDIR: outputFolder, CDK_CONTEXT_JSON: JSON.stringify(context) },
		stdio: ["ignore", "pipe", "pipe"],
		signal,
	});
	let said = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
	}
	const [code] = await once(child, "close").catch((error: unknown) => {
		signal.throwIfAborted();
		throw error;
	});
	signal.throwIfAborted();
	if (code === 0) return;
	throw new MillraceError(
		"assembly-not-found",
		`The CDK app does not synthesize (exit code ${code}). \`npm run synth\` shows the same:\n${said.trim().slice(-4000)}`,
	);
}
