/** The examples of docs/producers.md, taken from the page and run as they stand against this project's own app on this machine. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { type Client, createClient } from "../../shared/client/client.ts";
import { projectFolder, type RealStack, runProgram, startRealStack } from "./real-stack.ts";

const page = readFileSync(new URL("../../docs/producers.md", import.meta.url), "utf8");

function example(name: string): string {
	const found = new RegExp(`<!-- example: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\\n\`\`\``).exec(page)?.[1];
	if (found === undefined) throw new Error(`docs/producers.md has no example "${name}"`);
	return found;
}

let real: RealStack;
let client: Client;
let parameters: Server;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
	real = await startRealStack();
	const { endpoints, region } = real.stack;
	const credentials = { accessKeyId: "local", secretAccessKey: "local" };
	client = createClient({ catalogue, ...openPlatform(real.address, { endpoints, region, credentials }) });
	parameters = await serveParameters({ "/millrace/Millrace/platform": JSON.stringify(real.address) });
	const port = addressOf(parameters);
	env = {
		...process.env,
		QUEUE_URL: real.address.queues["observability"]?.url,
		AWS_REGION: region,
		AWS_DEFAULT_REGION: region,
		AWS_ACCESS_KEY_ID: "local",
		AWS_SECRET_ACCESS_KEY: "local",
		AWS_ENDPOINT_URL_SQS: endpoints.sqs,
		AWS_ENDPOINT_URL_S3: endpoints.s3,
		AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
		AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}`,
	};
});

afterAll(async () => {
	parameters.close();
	await real.stop();
});

/** The local stack has no SSM: this answers GetParameter as SSM does. */
async function serveParameters(values: Readonly<Record<string, string>>): Promise<Server> {
	const server = createServer((request, response) => {
		let body = "";
		request.on("data", (chunk: Buffer) => {
			body += chunk.toString("utf8");
		});
		request.on("end", () => {
			const { Name }: { Name: string } = JSON.parse(body);
			const Value = values[Name];
			response.writeHead(Value === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
			response.end(
				JSON.stringify(Value === undefined ? { __type: "ParameterNotFound" } : { Parameter: { Name, Value } }),
			);
		});
	});
	await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
	return server;
}

function addressOf(server: Server): number {
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("The server listens on no port");
	return address.port;
}

async function succeeds(id: string, job: string): Promise<void> {
	expect(await client.wait(id, { timeoutSeconds: 60 })).toMatchObject({ state: "SUCCESS", job });
}

async function has(program: string, args: readonly string[]): Promise<boolean> {
	return runProgram(program, args, { cwd: real.folder }).then(
		({ code }) => code === 0,
		() => false,
	);
}

describe("docs/producers.md", () => {
	it("curl sends a message that is performed", async (test) => {
		if (!(await has("curl", ["--version"]))) return test.skip("curl is not installed");
		const { code, out, err } = await runProgram("sh", ["-euc", example("curl")], { cwd: real.folder, env });
		expect({ code, err }).toEqual({ code: 0, err: "" });
		const { MessageId }: { MessageId: string } = JSON.parse(out);
		await succeeds(MessageId, "timeliness_check_task");
	});

	it("the AWS CLI sends a message that is performed", async (test) => {
		if (!(await has("aws", ["--version"]))) return test.skip("the AWS CLI is not installed");
		// As the page says of version 1; version 2 takes the option too.
		const local = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL_SQS" "$@"; }';
		const { code, out } = await runProgram("sh", ["-euc", `${local}\n${example("aws-cli")}`], {
			cwd: real.folder,
			env,
		});
		expect(code).toBe(0);
		expect(out.trim()).toMatch(/^[0-9a-f-]{36}$/);
		// printf '["freshness_check_task","freshness from the AWS CLI"]' | sha256sum | cut -c1-40
		await succeeds("k-256562ab2cb00676434cb8e423e64b712df4c6b4", "freshness_check_task");
	});

	it("Python sends messages that are performed, and knows their ids", async (test) => {
		const python = await pythonWithBoto3();
		if (python === undefined) return test.skip("there is no Python with boto3, and none could be made");
		const { code, out, err } = await runProgram(python, ["-c", example("python")], { cwd: real.folder, env });
		expect({ code, err }).toEqual({ code: 0, err: "" });
		const [keyed = "", ...batch] = out.trim().split("\n");
		await succeeds(keyed, "freshness_check_task");
		expect(batch).toHaveLength(3);
		for (const id of batch) await succeeds(id, "timeliness_check_task");
	});

	/** As the page says: in the project's folder. Which this is, but for what else lies there. */
	function saveExample(folder: string): void {
		for (const name of ["cli", "local", "node_modules", "package.json", "shared"])
			symlinkSync(join(projectFolder, name), join(folder, name));
		writeFileSync(join(folder, "producer.ts"), example("typescript"));
	}

	it.each([
		{
			where: "the local stack that runs in its folder",
			beside: (): string => real.folder,
			says: "local stack Millrace",
		},
		{
			where: "AWS",
			beside: (): string => mkdtempSync(join(real.folder, "../millrace-aws-")),
			says: "AWS, stack Millrace",
		},
	])("TypeScript finds $where, enqueues, waits and reads the result", async ({ beside, says }) => {
		const folder = beside();
		saveExample(folder);
		const { code, out, err } = await runProgram(process.execPath, ["producer.ts"], { cwd: folder, env });
		if (folder !== real.folder) rmSync(folder, { recursive: true });
		expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(new RegExp(`^${says}[^]*SUCCESS`)) });
		const [first = "", ...many] = out.trim().split("\n");
		// printf '["freshness_check_task","freshness from TypeScript"]' | sha256sum | cut -c1-40
		expect(first).toBe("k-083797d151f58ec942e5ba3a27d43515a823a8f5 0");
		expect(many.map((line) => line.split(" ")[1])).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
		for (const line of many) await succeeds(line.split(" ")[0] ?? "", "timeliness_check_task");
	});
});

/** The machine's own, or one with boto3 in the project's cache folder, made once. */
async function pythonWithBoto3(): Promise<string | undefined> {
	const folder = join(projectFolder, ".cache", "boto3");
	const own = join(folder, "bin", "python");
	for (const python of ["python3", own]) if (await has(python, ["-c", "import boto3"])) return python;
	if (!existsSync(own) && !(await has("python3", ["-m", "venv", folder]))) return undefined;
	const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "boto3==1.43.11"];
	return (await has(own, install)) ? own : undefined;
}
