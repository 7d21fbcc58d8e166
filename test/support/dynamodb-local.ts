/**
 * AWS's own DynamoDB Local, where this machine has Java and the jar: the only other implementation of PartiQL written by AWS.
 * Not a dependency of this project. To have it (about 60 MB, Java 17 or later), put this into a pom.xml of its own and run
 * `mvn dependency:copy-dependencies -DoutputDirectory=lib`, then set DYNAMODB_LOCAL_JAR to lib/DynamoDBLocal-2.6.1.jar:
 *
 *   <project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
 *   <groupId>x</groupId><artifactId>x</artifactId><version>1</version><dependencies><dependency>
 *   <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>2.6.1</version>
 *   </dependency></dependencies></project>
 *
 * The archive that AWS offers for download works too: DYNAMODB_LOCAL_JAR is its DynamoDBLocal.jar.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const READY_WITHIN_MS = 30_000;

function findJar(): string | undefined {
	const named = process.env["DYNAMODB_LOCAL_JAR"];
	if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
	for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
		if (folder === "" || !existsSync(folder)) continue;
		const jar = readdirSync(folder).find((file) => /^DynamoDBLocal.*\.jar$/.test(file));
		if (jar !== undefined) return join(folder, jar);
	}
	return undefined;
}

/** Why DynamoDB Local can't run here; `undefined` when it can. */
export function dynamoDbLocalMissing(): string | undefined {
	if (findJar() === undefined) return "no DynamoDBLocal jar in DYNAMODB_LOCAL_JAR or a folder of PATH";
	return spawnSync("java", ["-version"]).status === 0 ? undefined : "no Java";
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (typeof address !== "object" || address === null) throw new Error("Unreachable: a TCP server without a port");
	return address.port;
}

export async function startDynamoDbLocal(): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
	const jar = findJar();
	if (jar === undefined) throw new Error("There is no DynamoDBLocal jar; ask dynamoDbLocalMissing() first.");
	const folder = dirname(jar);
	const port = await freePort();
	const libraries = [folder, join(folder, "DynamoDBLocal_lib")];
	const child = spawn(
		"java",
		[
			`-Djava.library.path=${libraries.join(delimiter)}`,
			"-cp",
			[jar, ...libraries.map((library) => join(library, "*"))].join(delimiter),
			"com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
			"-inMemory",
			"-disableTelemetry",
			"-port",
			String(port),
		],
		{ stdio: "ignore" },
	);
	const kill = (): void => {
		child.kill("SIGKILL");
	};
	process.once("exit", kill);
	const endpoint = `http://127.0.0.1:${port}`;
	const giveUpAt = Date.now() + READY_WITHIN_MS;
	// It prints its banner before it listens, so it is asked until it answers.
	while (!(await answers(endpoint))) {
		if (child.exitCode !== null) throw new Error(`DynamoDB Local ended with ${child.exitCode} while starting.`);
		if (Date.now() > giveUpAt) throw new Error(`DynamoDB Local did not answer within ${READY_WITHIN_MS} ms.`);
		await pause(100);
	}
	return {
		endpoint,
		async stop() {
			process.removeListener("exit", kill);
			if (child.exitCode !== null || child.signalCode !== null) return;
			const ended = once(child, "exit");
			kill();
			await ended;
		},
	};
}

async function answers(endpoint: string): Promise<boolean> {
	try {
		await fetch(endpoint);
		return true;
	} catch {
		return false;
	}
}
