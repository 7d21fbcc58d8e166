import type { Logger } from "@aws-lambda-powertools/logger";
import { expect, it } from "vitest";
import { createJobLog } from "../../lambdas/worker/worker-telemetry.ts";

it("names the run in every line, whatever fields a job gives, and never passes on what CloudWatch would read as metrics", () => {
	const lines: unknown[] = [];
	const logger: Pick<Logger, "info"> = { info: (...line: unknown[]) => void lines.push(line) };
	const log = createJobLog(logger as Logger, { runId: "r-1" });
	log.info("read", { rows: 3, runId: "another", _aws: { CloudWatchMetrics: [] } });
	log.info("done");
	expect(lines).toEqual([
		["read", { rows: 3, runId: "r-1" }],
		["done", { runId: "r-1" }],
	]);
});
