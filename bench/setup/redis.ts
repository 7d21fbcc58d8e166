// A Redis of the bench's own: a free port of the loopback, nothing persisted, ended with the bench. What both Celery
// and BullMQ run on, configured the way that is fastest for them.
import { createServer } from "node:net";
import type { Availability } from "./availability.ts";
import { type Child, startChild } from "./children.ts";
import { runCommand } from "./run-command.ts";

export interface Redis {
	readonly url: string;
	readonly child: Child;
}

export async function findRedis(): Promise<Availability<string>> {
	for (const command of ["redis-server", "valkey-server"]) {
		const { code, stdout } = await runCommand(command, ["--version"]);
		const version = /v=(\S+)/.exec(stdout)?.[1];
		if (code === 0 && version) return { available: true, found: command, versions: { [command]: version } };
	}
	const missing = "Redis: redis-server is not on PATH; on Debian: apt-get install redis-server";
	return { available: false, missing };
}

export async function startRedis(command: string): Promise<Redis> {
	const port = await freePort();
	const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
	const child = startChild(command, args);
	while (!(await child.nextLine()).includes("Ready to accept connections")) {
		// Redis says on standard output when it listens.
	}
	return { url: `redis://127.0.0.1:${port}`, child };
}

export function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on("error", reject);
		server.listen(0, "127.0.0.1", () => {
			const address = server.address();
			server.close(() => {
				if (address !== null && typeof address === "object") resolve(address.port);
				else reject(new Error("the system gave no port"));
			});
		});
	});
}
