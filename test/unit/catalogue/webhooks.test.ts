/** What a webhook must be, and which definitions do not compile. */
import { describe, expect, it } from "vitest";
import { defineWebhooks } from "../../../shared/catalogue/define-webhooks.ts";
import { webhooks } from "../../../shared/catalogue/webhooks.ts";
import { defineWebhook } from "../../../shared/job/index.ts";
import { processWebhookEvent, sendInvoice, shopCatalogue } from "../../support/api-world.ts";

const job = processWebhookEvent;
const github = defineWebhook({ source: "github", job, secretParameter: "/hooks/github" });

describe("defineWebhook", () => {
	it("hands the whole delivery to a job that takes one", () => {
		expect(github.toInput({ source: "github", event: "push", id: "d-1", payload: { ref: "main" } })).toEqual({
			source: "github",
			event: "push",
			delivery_id: "d-1",
			payload: { ref: "main" },
		});
		expect([github.scheme, github.windowSeconds, github.sameBy]).toEqual(["github", 300, "id"]);
	});

	it("needs toInput for a job of another input, and a scheme for a source of one's own", () => {
		// @ts-expect-error send_invoice takes no delivery
		defineWebhook({ source: "github", job: sendInvoice, secretParameter: "/hooks/github" });
		// @ts-expect-error who signs "billing", and how?
		defineWebhook({ source: "billing", job, secretParameter: "/hooks/billing" });
	});
});

describe("defineWebhooks", () => {
	it("names every fault", () => {
		const faulty = [
			{ ...github, source: "Git Hub" },
			github,
			{ ...github, secretParameter: "ghs_ not a name" },
			{ ...github, source: "other", job: { ...job, name: "unknown" } },
			{ ...github, source: "slow", windowSeconds: 0 },
			{ ...github, source: "plain", scheme: "plain" as "github" },
		];
		expect(() => defineWebhooks(shopCatalogue, faulty)).toThrow(
			[
				"The webhooks have faults; mend each and try again:",
				'- webhook Git Hub: source must be 1–50 lower-case letters, digits and hyphens, a letter first; got "Git Hub"',
				'- webhook github: source is unique; "github" is used twice',
				'- webhook github: source is unique; "github" is used twice',
				"- webhook github: secretParameter must be the name of an SSM parameter, never the secret; got 15 characters that are none",
				"- webhook other: enqueues unknown, which is no job of the catalogue",
				"- webhook slow: windowSeconds must be a whole number from 1 to 86400; got 0",
				'- webhook plain: scheme must be given for a source other than github, gitlab and jira; "plain" has none',
			].join("\n"),
		);
	});

	it("takes the project's own", () => {
		expect(webhooks.map(({ source, job: { name } }) => `${source}: ${name}`)).toEqual([
			"pipeline-executions: pipeline_execution_record_task",
		]);
	});
});
