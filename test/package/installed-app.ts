/** `npm start` of the installed app, in a process of its own, from when it is up until it is stopped by Ctrl-C. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";

export interface InstalledApp {
	/** @throws Error when it does not end clean */
	stop(): Promise<void>;
}

const UP = /Ctrl-C stops it/;

/** @throws Error with what it said, when it ends before it is up */
export async function startInstalledApp(options: {
	readonly folder: string;
	readonly env: NodeJS.ProcessEnv;
	readonly logFile: string;
}): Promise<InstalledApp> {
	// Not through npm, which passes no signal on.
	const child = spawn("millrace", ["start"], {
		cwd: options.folder,
		env: options.env,
		stdio: ["ignore", "pipe", "pipe"],
	});
	const ended = once(child, "close");
	let said = "";
	await new Promise<void>((resolve, reject) => {
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding("utf8").on("data", (text: string) => {
				said += text;
				appendFileSync(options.logFile, text);
				if (UP.test(said)) resolve();
			});
		}
		ended.then(() => reject(new Error(`millrace start ended before it was up:\n${said}`)), reject);
	});
	return {
		async stop() {
			child.kill("SIGINT");
			const [code] = await ended;
			if (code !== 0) throw new Error(`millrace start ended with code ${code}:\n${said}`);
		},
	};
}
