/** An outage met by three real processes on the local stack: what their service hears meanwhile, what is shown of it, and how it ends. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalStack, startLocalStack } from "../../local/local-stack.ts";
import { createClient } from "../../shared/client/client.ts";
import { createOperator } from "../../shared/client/operator.ts";
import { openLocalPlatform } from "../support/open-local-platform.ts";
import { callTask, outageCatalogue } from "../support/outage-run/catalogue.ts";
import { synthesizePlatform } from "../support/synth-platform.ts";

const RUNS = 300;
const OUTAGE_MS = 8_000;

let folder: string;
let stack: LocalStack;
let service: Server;
const heard: { readonly run: string; readonly atMs: number; readonly ok: boolean }[] = [];
let out = true;
let heardFirst = (): void => {};
const firstCall = new Promise<void>((resolve) => {
	heardFirst = resolve;
});

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "millrace-outage-"));
	service = createServer((request, response) => {
		heard.push({ run: (request.url ?? "").slice(1), atMs: Date.now(), ok: !out });
		heardFirst();
		response.writeHead(out ? 503 : 200).end();
	}).listen(0, "127.0.0.1");
	await once(service, "listening");
	const { port } = service.address() as AddressInfo;
	const entry = new URL("../support/outage-run/worker.ts", import.meta.url);
	await synthesizePlatform({
		catalogue: outageCatalogue,
		workers: { calling: { entry, environment: { OUTAGE_RUN_SERVICE: `http://127.0.0.1:${port}` } } },
		outFolder: join(folder, "cdk.out"),
	});
	stack = await startLocalStack({ assemblyDir: join(folder, "cdk.out") });
});
afterAll(async () => {
	await stack.stop();
	service.close();
	service.closeAllConnections();
	await rm(folder, { recursive: true, force: true });
});

const open = () => {
	const platform = openLocalPlatform(stack);
	const parts = { ...platform, catalogue: outageCatalogue };
	return { client: createClient(parts), operator: createOperator(parts), clock: platform.clock };
};

it("is hardly felt by who is down, costs no run its attempts, and is over within seconds of its end", async () => {
	const { client, operator, clock } = open();
	await client.enqueueMany(
		callTask,
		Array.from({ length: RUNS }, (_, n) => ({ id: `call-${n}`, input: { n } })),
	);
	await firstCall;
	const from = Date.now();
	await clock.sleep(OUTAGE_MS);
	expect(await operator.breaker("calling")).toMatchObject({
		state: "open",
		because: expect.stringMatching(/^Error: HTTP 503 for \d+$/),
	});
	out = false;
	const until = Date.now();
	await stack.idle();

	// Up to thirty at once in three processes, twice at most, then one in 1, 2, 2 … s.
	const during = heard.filter(({ ok }) => !ok);
	expect(during.length).toBeLessThan(90);
	expect(during.filter(({ atMs }) => atMs - from > 3_000).length).toBeLessThanOrEqual(5);
	const ended = await client.statusMany(Array.from({ length: RUNS }, (_, n) => `call-${n}`));
	expect(ended.map((run) => run?.state)).toEqual(Array.from({ length: RUNS }, () => "SUCCESS"));
	expect(heard.filter(({ ok }) => ok)).toHaveLength(RUNS);
	expect(Math.max(...heard.map(({ atMs }) => atMs)) - until).toBeLessThan(15_000);
	expect(await operator.breaker("calling")).toMatchObject({ state: "closed", because: null });
	expect(await operator.letters("calling")).toEqual([]);
});
