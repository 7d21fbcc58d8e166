/** Synthesizes an app as the CDK command line does: the command of cdk.json with its context, into a folder. No account, no network. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";

const cdkJsonSchema = z.object({ app: z.string(), context: z.optional(z.record(z.string(), z.unknown())) });

/** @throws MillraceError `assembly-not-found` with what the app said; the signal's reason when it aborts. */
export async function synthesize(projectFolder: string, outputFolder: string, signal: AbortSignal): Promise<void> {
	signal.throwIfAborted();
	const { app, context = {} } = readCdkJson(join(projectFolder, "cdk.json"));
	// The Node that runs this program, rather than the first one of the path, which may be too old.
	const ownNode = /^node +([^\s"'$`&|;<>()]+)$/.exec(app)?.[1];
	const [command, args, shell]: [string, string[], boolean] =
		ownNode === undefined ? [app, [], true] : [process.execPath, [ownNode], false];
	const child = spawn(command, args, {
		cwd: projectFolder,
		shell,
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
		`The CDK app does not synthesize (exit code ${code}). \`npx cdk synth\` shows the same:\n${said.trim().slice(-4000)}`,
	);
}

function readCdkJson(file: string): z.infer<typeof cdkJsonSchema> {
	if (!existsSync(file)) {
		throw new MillraceError(
			"assembly-not-found",
			`There is no ${file}. Run this in the folder of your CDK app; its cdk.json says how the app is run: { "app": "node app.ts" }.`,
		);
	}
	return cdkJsonSchema.parse(JSON.parse(readFileSync(file, "utf8")));
}
