import type { Context } from "aws-lambda";
import { expect, it } from "vitest";
import { widgetNames } from "../../../lambdas/widgets/widget-event.ts";
import { handler } from "../../../lambdas/widgets/widgets.ts";

it("CloudWatch is told of every widget when it asks for a description, and nothing is looked up for that", async () => {
	const text = await handler({ describe: true }, {} as Context);
	for (const name of widgetNames) expect(text).toContain(`\`${name}\``);
});
