/** A free port may be taken between its choice and its use: by another stack, or any program's connection. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { dynoxideBinary, startDynamoDb } from "../../../local/emulators/dynamodb.ts";

const installed = dynoxideBinary() === undefined ? (["dynalite"] as const) : (["dynoxide", "dynalite"] as const);

it.each(installed)("starts %s at another port where somebody took the first one", async (emulator) => {
	const somebody = createServer().listen(0, "127.0.0.1");
	await once(somebody, "listening");
	const { port } = somebody.address() as AddressInfo;
	const lost: string[] = [];
	const options = { dataDir: undefined, emulator, port, onLost: (message: string) => lost.push(message) };
	const server = await startDynamoDb(options);
	expect(server.endpoint).not.toBe(`http://127.0.0.1:${port}`);
	await server.stop();
	somebody.close();
	expect(lost).toEqual([]);
});
