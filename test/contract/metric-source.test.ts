/** The metric-source contract in memory, and on the local runtime's CloudWatch. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MetricServer, startMetricServer } from "../../local/emulators/metric-server.ts";
import { createCloudWatchMetricSource } from "../../shared/aws/cloudwatch-metric-source.ts";
import { epochMs } from "../../shared/kernel/time.ts";
import { createMemoryMetricSource } from "../support/memory-metric-source.ts";
import { describeMetricSource, type MetricWorld } from "./metric-source.contract.ts";

describe("metric source in memory", () => {
	describeMetricSource(() => {
		const source = createMemoryMetricSource();
		return { source, put: source.put };
	});
});

describe("metric source on the local CloudWatch", () => {
	const clients: CloudWatchClient[] = [];
	const credentials = { accessKeyId: "local", secretAccessKey: "local" };
	let server: MetricServer;
	beforeEach(async () => {
		server = await startMetricServer();
	});
	afterEach(() => server.stop());
	afterAll(() => {
		for (const client of clients) client.destroy();
	});

	function open(maxAttempts = 3) {
		const client = new CloudWatchClient({ endpoint: server.endpoint, region: "us-east-1", credentials, maxAttempts });
		clients.push(client);
		return createCloudWatchMetricSource({ client, namespace: "Millrace/Shop" });
	}

	describeMetricSource(
		(): MetricWorld => ({
			source: open(),
			put({ group, job, errorClass, name }, at, ...values) {
				// As Powertools writes a line of the embedded metric format.
				const by = { service: group, job, ...(errorClass === undefined ? {} : { errorClass }) };
				const CloudWatchMetrics = [
					{ Namespace: "Millrace/Shop", Dimensions: [Object.keys(by)], Metrics: [{ Name: name, Unit: "Count" }] },
				];
				const about = { stack: "Shop", functionId: "Worker", requestId: "r" };
				const metric = { _aws: { Timestamp: Number(at), CloudWatchMetrics }, ...by, [name]: values };
				server.note({ type: "metric", ...about, metric });
			},
		}),
	);

	it("says what failed", async () => {
		const source = open(1);
		await server.stop();
		const query = { group: "shop", job: "send_invoice", name: "RunDuration", statistic: "Sum" } as const;
		await expect(source.readDay([query], epochMs(Date.now()))).rejects.toMatchObject({
			code: "store-failed",
			message: expect.stringMatching(/^CloudWatch GetMetricData failed: .*ECONNREFUSED/),
		});
		server = await startMetricServer();
	});
});
