/**
 * CloudWatch metrics as lines of the embedded metric format on standard output, as Powertools writes them from the same environment variables.
 * Its own class keeps stores of metadata, resolutions and dimension sets that a worker has no use for: 12 KB of every worker's bundle.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

/** What is written of a metric: Powertools' own class does it too. */
export interface MetricLines {
	/** For the line being written, besides the service. */
	addDimension(name: string, value: string): unknown;
	/** A second value of a name makes it a list. */
	addMetric(name: string, unit: "Count" | "Milliseconds", value: number): unknown;
	/** Writes the line, if there is any metric for it, and begins the next. */
	publishStoredMetrics(): void;
}

export function createMetricLines(environment: Readonly<Record<string, string | undefined>>): MetricLines {
	const namespace = environment["POWERTOOLS_METRICS_NAMESPACE"] ?? "Millrace";
	const service = environment["POWERTOOLS_SERVICE_NAME"] ?? "worker";
	let dimensions: Record<string, string> = { service };
	let metrics: { readonly Name: string; readonly Unit: string }[] = [];
	let values: Record<string, number | number[]> = {};

	return {
		addDimension(name, value) {
			dimensions[name] = value;
		},
		addMetric(name, unit, value) {
			const before = values[name];
			if (before === undefined) {
				metrics.push({ Name: name, Unit: unit });
				values[name] = value;
			} else if (typeof before === "number") values[name] = [before, value];
			else before.push(value);
		},
		publishStoredMetrics() {
			const CloudWatchMetrics = [{ Namespace: namespace, Dimensions: [Object.keys(dimensions)], Metrics: metrics }];
			const line = { _aws: { Timestamp: Date.now(), CloudWatchMetrics }, ...dimensions, ...values };
			if (metrics.length > 0) process.stdout.write(`${JSON.stringify(line)}\n`);
			dimensions = { service };
			metrics = [];
			values = {};
		},
	};
}
