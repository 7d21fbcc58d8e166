/** The local servers against pages of other sites, names that resolve to this machine, and requests that no client of ours sends. */
import { once } from "node:events";
import { type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDynamoDb } from "../../../local/emulators/dynamodb.ts";
import { startHttpApiServer } from "../../../local/emulators/http-api-server.ts";
import { startLambdaServer } from "../../../local/emulators/lambda-server.ts";
import { startMessageServer } from "../../../local/emulators/message-server.ts";
import { startMetricServer } from "../../../local/emulators/metric-server.ts";
import { startParameterServer } from "../../../local/emulators/parameter-server.ts";
import { startScheduleServer } from "../../../local/emulators/schedule-server.ts";
import { createMappingSwitches } from "../../../local/mapping/mapping-switches.ts";

const tooMuch = Buffer.alloc(10 * 1024 * 1024 + 1, "x");

interface Started {
	readonly endpoint: string;
	stop(): Promise<void>;
}

const starts: Readonly<Record<string, () => Promise<Started>>> = {
	Lambda: () => startLambdaServer([], createMappingSwitches([], undefined)),
	SSM: () => startParameterServer(new Map()),
	CloudWatch: () => startMetricServer(),
	Scheduler: () => startScheduleServer({ dataDir: undefined, send: async () => {}, onWarning: () => {} }),
	"SQS and S3": () => startMessageServer({ dataDir: undefined, port: 0 }),
	dynalite: () => startDynamoDb({ dataDir: undefined, emulator: "dynalite", onLost: () => {} }),
	"the HTTP API": async () => {
		const server = await startHttpApiServer([
			{ routeKey: "POST /jobs", call: async () => ({ kind: "ok", response: { statusCode: 202 } }) as never },
		]);
		return { endpoint: server.url, stop: () => server.stop() };
	},
};

describe.each(Object.entries(starts))("%s on one machine", (name, start) => {
	let server: Started;
	beforeAll(async () => {
		server = await start();
	});
	afterAll(() => server.stop());

	async function ask(path: string, headers: OutgoingHttpHeaders = {}, method = "GET", body?: Buffer): Promise<number> {
		const { hostname, port } = new URL(server.endpoint);
		const asked = request({ hostname, port, path, method, headers });
		asked.end(body);
		const [response] = await once(asked, "response");
		await text(response);
		return response.statusCode;
	}
	const port = (): string => new URL(server.endpoint).port;

	it("answers nobody who calls it by another name", async () => {
		for (const host of ["evil.example", `evil.example:${port()}`, "127.0.0.1.evil.example", "localhost.", "0.0.0.0"])
			expect([host, await ask("/", { host })]).toEqual([host, 403]);
		for (const host of [`127.0.0.1:${port()}`, `localhost:${port()}`, "localhost", `[::1]:${port()}`])
			expect([host, await ask("/", { host })]).not.toEqual([host, 403]);
	});

	it("answers no page of another site, nor its browser's question beforehand", async () => {
		for (const origin of ["https://evil.example", "null", "http://localhost:1"])
			for (const method of ["GET", "POST", "OPTIONS"])
				expect([origin, method, await ask("/", { origin }, method)]).toEqual([origin, method, 403]);
		expect(await ask("/", { origin: server.endpoint })).not.toBe(403);
	});

	it("goes on after addresses that are none", async () => {
		for (const path of ["/%zz", "//", "/2017-03-31/tags/%zz", "http://[", "/jobs/%"])
			expect([path, await ask(path)]).toEqual([path, expect.any(Number)]);
		expect(await ask("/jobs")).toEqual(expect.any(Number));
	});

	it.skipIf(["SQS and S3", "dynalite"].includes(name))("reads no more than 10 MiB", async () => {
		expect(await ask("/jobs", {}, "POST", tooMuch)).toBe(413);
		expect(await ask("/jobs", {}, "POST", tooMuch.subarray(1))).not.toBe(413);
	});
});
