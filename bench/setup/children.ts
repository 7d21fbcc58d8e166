// Child processes of the bench: started with a line protocol, known by pid, and all stopped at the end, also after
// Ctrl-C. Nothing is ever looked up or killed by name.
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";

/** A child whose standard output is read line by line. */
export interface Child {
	readonly process: ChildProcess;
	readonly pid: number;
	/** Resolves when the process has ended, however it ended. */
	readonly exited: Promise<void>;
	/** The next line of standard output; rejects when the process ends first. */
	readonly nextLine: () => Promise<string>;
	/** Writes one line to standard input. */
	readonly send: (line: string) => void;
	/** SIGKILL, for its whole process group when it has one of its own. */
	readonly kill: () => void;
	/** SIGTERM, and SIGKILL when it has not ended within `graceMs` (default 3,000). */
	readonly stop: (graceMs?: number) => Promise<void>;
}

export interface ChildOptions {
	readonly env?: NodeJS.ProcessEnv;
	readonly cwd?: string;
	/** Its own process group, so that a kill of the group reaches its children. Default false. */
	readonly detached?: boolean;
}

const running = new Set<Child>();

export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
	const spawnOptions: SpawnOptions = { stdio: ["pipe", "pipe", "pipe"], ...options };
	const child = spawn(command, [...args], spawnOptions);
	const { stdin, stdout, stderr, pid } = child;
	if (pid === undefined || stdin === null || stdout === null || stderr === null) {
		child.on("error", () => undefined);
		throw new Error(`${command} could not be started; is it on PATH?`);
	}
	const errorTail = keepTail(createInterface({ input: stderr }));
	const lines = createInterface({ input: stdout });
	const waiting: ((line: string) => void)[] = [];
	const unread: string[] = [];
	lines.on("line", (line) => {
		const reader = waiting.shift();
		if (reader) reader(line);
		else unread.push(line);
	});
	const exited = once(child, "exit").then(() => {
		running.delete(started);
	});
	const ended = exited.then(() => {
		throw new Error(`${command} ${args.join(" ")} ended unexpectedly: ${errorTail().join("\n")}`);
	});
	ended.catch(() => undefined);
	// A write to a process that was just killed must not end the bench.
	stdin.on("error", () => undefined);
	const started: Child = {
		process: child,
		pid,
		exited,
		nextLine: () => {
			const line = unread.shift();
			if (line !== undefined) return Promise.resolve(line);
			return Promise.race([new Promise<string>((resolve) => waiting.push(resolve)), ended]);
		},
		send: (line) => {
			stdin.write(`${line}\n`);
		},
		kill: () => {
			if (child.exitCode !== null || child.signalCode !== null) return;
			process.kill(options.detached === true ? -pid : pid, "SIGKILL");
		},
		stop: async (graceMs = 3_000) => {
			if (child.exitCode !== null || child.signalCode !== null) return;
			child.kill("SIGTERM");
			const timer = setTimeout(() => started.kill(), graceMs);
			await exited;
			clearTimeout(timer);
		},
	};
	running.add(started);
	return started;
}

export async function stopAllChildren(): Promise<void> {
	await Promise.all([...running].map((child) => child.stop()));
}

function keepTail(lines: Interface): () => readonly string[] {
	const tail: string[] = [];
	lines.on("line", (line) => {
		tail.push(line);
		if (tail.length > 20) tail.shift();
	});
	return () => tail;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
	process.once(signal, () => {
		for (const child of running) child.kill();
		process.exit(130);
	});
}
