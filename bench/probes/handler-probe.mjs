// Loads a worker bundle the way Lambda does and feeds it batches. Talks by IPC: standard output belongs to the handler's
// logs and metrics. Per request it answers the CPU time this process used (user and system, garbage collection
// included) and the wall time of each batch.
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(process.argv[2]).href);

function context() {
	const endsAt = Date.now() + 60_000;
	return {
		awsRequestId: randomUUID(),
		functionName: "bench",
		functionVersion: "$LATEST",
		invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:bench",
		memoryLimitInMB: "512",
		logGroupName: "/aws/lambda/bench",
		logStreamName: "bench",
		callbackWaitsForEmptyEventLoop: true,
		getRemainingTimeInMillis: () => endsAt - Date.now(),
	};
}

function batch(size, queueArn) {
	const sentAt = String(Date.now());
	const records = Array.from({ length: size }, (_, n) => {
		const id = randomUUID();
		return {
			messageId: randomUUID(),
			receiptHandle: randomUUID(),
			body: JSON.stringify({ job: "noop_task", id, input: { n } }),
			attributes: {
				ApproximateReceiveCount: "1",
				SentTimestamp: sentAt,
				SenderId: "AIDAIENQZJOLO23YVJ4VO",
				ApproximateFirstReceiveTimestamp: sentAt,
			},
			messageAttributes: {},
			md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
			eventSource: "aws:sqs",
			eventSourceARN: queueArn,
			awsRegion: "us-east-1",
		};
	});
	return { Records: records };
}

async function run({ batches, size, queueArn }) {
	// Made beforehand: making events is no part of handling them.
	const events = Array.from({ length: batches }, () => batch(size, queueArn));
	const wallsMs = [];
	const before = process.cpuUsage();
	for (const event of events) {
		const started = performance.now();
		const response = await handler(event, context());
		wallsMs.push(performance.now() - started);
		if (response.batchItemFailures.length > 0) throw new Error(`${response.batchItemFailures.length} runs failed`);
	}
	const { user, system } = process.cpuUsage(before);
	return { cpuMs: (user + system) / 1000, wallsMs };
}

process.on("message", (request) => {
	run(request).then(
		(answer) => process.send(answer),
		(error) => process.send({ error: String(error?.stack ?? error) }),
	);
});
process.send({ ready: true });
