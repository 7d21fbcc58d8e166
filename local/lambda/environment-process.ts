/**
 * The main program of an execution environment's process: loads the handler module once, then performs one invocation at a time.
 * It runs from a copy stripped of its types, so it imports Node's own modules only (and types). An error nobody catches ends the process,
 * as it does on AWS.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { InvokeRequest, ProcessReply, RuntimeError } from "./runtime-protocol.ts";

type Handler = (event: unknown, context: object) => unknown;

const reply = (message: ProcessReply): void => {
	process.send?.(message);
};

function toRuntimeError(error: unknown): RuntimeError {
	if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
	return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

async function loadHandler(): Promise<Handler> {
	const name = process.env["_HANDLER"] ?? "";
	const root = process.env["LAMBDA_TASK_ROOT"] ?? "";
	const dot = name.lastIndexOf(".");
	const file = [".mjs", ".js", ".cjs"]
		.map((extension) => join(root, name.slice(0, dot) + extension))
		.find((candidate) => existsSync(candidate));
	if (file === undefined) throw new Error(`Cannot find the module ${name.slice(0, dot)} in ${root}`);
	process.chdir(root);
	const module: Record<string, unknown> = await import(pathToFileURL(file).href);
	const exported = name.slice(dot + 1);
	const handler = module[exported] ?? Reflect.get(Object(module["default"]), exported);
	if (typeof handler !== "function") throw new Error(`${name} is not a function that ${file} exports`);
	return (event, context) => handler(event, context);
}

function contextOf(request: InvokeRequest): object {
	const environment = process.env;
	return {
		callbackWaitsForEmptyEventLoop: true,
		functionName: environment["AWS_LAMBDA_FUNCTION_NAME"],
		functionVersion: environment["AWS_LAMBDA_FUNCTION_VERSION"],
		invokedFunctionArn: request.functionArn,
		memoryLimitInMB: environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"],
		logGroupName: environment["AWS_LAMBDA_LOG_GROUP_NAME"],
		logStreamName: environment["AWS_LAMBDA_LOG_STREAM_NAME"],
		awsRequestId: request.requestId,
		getRemainingTimeInMillis: () => request.deadlineMs - Date.now(),
	};
}

async function perform(handler: Handler, request: InvokeRequest): Promise<ProcessReply> {
	process.env["_X_AMZN_TRACE_ID"] = request.traceId;
	const mark = `\u0000request ${request.requestId}\n`;
	process.stdout.write(mark);
	process.stderr.write(mark);
	try {
		const result: unknown = await handler(request.event, contextOf(request));
		return { kind: "done", payload: JSON.stringify(result) ?? "null" };
	} catch (error) {
		return { kind: "failed", error: toRuntimeError(error) };
	}
}

// Without its parent the process has no purpose, whatever the handler still does. It may put its things away, which nobody waits for long.
process.once("disconnect", () => {
	process.kill(process.pid, "SIGTERM");
	setTimeout(() => process.exit(0), 2_000);
});

try {
	const handler = await loadHandler();
	process.on("message", (request: InvokeRequest) => {
		void perform(handler, request).then(reply);
	});
	reply({ kind: "ready" });
} catch (error) {
	reply({ kind: "init-error", error: toRuntimeError(error) });
}
