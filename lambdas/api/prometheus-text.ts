/** Prometheus's text format, version 0.0.4. Pure. */

export interface Sample {
	/** After the family's name: `_bucket`, `_sum`. Default none. */
	readonly suffix?: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
}

export interface MetricFamily {
	readonly name: string;
	readonly type: "counter" | "gauge" | "histogram";
	readonly help: string;
	readonly samples: readonly Sample[];
}

export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

export function prometheusText(families: readonly MetricFamily[], comments: readonly string[] = []): string {
	const lines = [
		...comments.map((comment) => `# ${oneLine(comment)}`),
		...families.flatMap(({ name, type, help, samples }) => [
			`# HELP ${name} ${oneLine(help)}`,
			`# TYPE ${name} ${type}`,
			...samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${labelText(labels)} ${value}`),
		]),
	];
	return `${lines.join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
	const pairs = Object.entries(labels).map(([name, value]) => `${name}="${oneLine(value).replaceAll('"', '\\"')}"`);
	return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const oneLine = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
