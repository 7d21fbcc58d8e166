/** What the local page knows of one stack is not told of another. */
import { expect, it } from "vitest";
import { evaluateChart } from "../../../local/page/evaluate-series.ts";
import { recordStacks } from "../../../local/page/record-stacks.ts";
import * as charts from "../../../shared/dashboards/charts.ts";
import { defineWorkerGroup } from "../../../shared/job/index.ts";

it("keeps what jobs of the same name count in two stacks apart", () => {
	const stacks = { Shop: { outputs: {}, resources: {} }, Letters: { outputs: {}, resources: {} } };
	const recorded = recordStacks({ stacks, platforms: {}, functions: [] }, [], () => 1_000_000_000_000);
	for (const [stack, RunsSucceeded] of [
		["Shop", 3],
		["Letters", 40],
	] as const) {
		const metric = { _aws: { Timestamp: 5 }, service: "mail", job: "send", RunsSucceeded };
		recorded.onEvent({ type: "metric", stack, functionId: "Worker", metric });
	}
	recorded.stop();
	const groups = [{ ...defineWorkerGroup({ name: "mail", queueClasses: [] }), invocationsMax: 2 }];
	const succeeded = (stack: string) =>
		evaluateChart(charts.throughput(groups), recorded.storeOf(stack), undefined).find(
			({ label }) => label === "succeeded",
		)?.values;
	expect([succeeded("Shop"), succeeded("Letters")]).toEqual([[3], [40]]);
});
