/** Which letters go under another promise than their kind's usual one; the first rule that fits decides, see docs/guides/route-runs.md. */
import { defineRoute } from "../../shared/job/index.ts";
import { critical, high, low } from "./jobs/mail-definitions.ts";

/** What publishers pay for. A tenant is a publisher; an application with more of them would send the tier as a header. */
const tiers: Readonly<Record<string, "enterprise" | "premium">> = {
	"city-council": "enterprise",
	"book-club": "premium",
};

const isUrgent = (input: unknown): boolean =>
	typeof input === "object" && input !== null && "urgent" in input && input.urgent === true;

export const routes = [
	defineRoute({ jobs: "report_*", to: low }),
	defineRoute({ jobs: "notice_*", when: ({ input }) => isUrgent(input), to: critical }),
	defineRoute({ jobs: "notice_answer", when: ({ tenant = "" }) => tiers[tenant] === "enterprise", to: critical }),
	defineRoute({ jobs: "notice_answer", when: ({ tenant = "" }) => tiers[tenant] === "premium", to: high }),
];
