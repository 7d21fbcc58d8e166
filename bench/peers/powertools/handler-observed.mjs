// The same pipeline with what our worker has as well: Powertools logger and metrics as middleware.
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import middy from "@middy/core";
import { client, handler as pipeline } from "./handler.mjs";

export { client };

const logger = new Logger({ serviceName: "bench" });
const metrics = new Metrics({ namespace: "Bench", serviceName: "bench" });

export const handler = middy()
	.use(injectLambdaContext(logger))
	.use(logMetrics(metrics))
	.handler(async (event, context) => {
		const response = await pipeline(event, context);
		const failed = response.batchItemFailures.length;
		metrics.addMetric("Succeeded", MetricUnit.Count, event.Records.length - failed);
		metrics.addMetric("Failed", MetricUnit.Count, failed);
		return response;
	});
