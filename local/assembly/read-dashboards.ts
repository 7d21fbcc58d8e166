/** The dashboards of a template as they were described, and the function that answers for their widgets. */
import * as z from "zod/mini";
import { DASHBOARD_METADATA, type Dashboard, WIDGETS_METADATA } from "../../shared/dashboards/dashboard.ts";
import type { AssemblyStack } from "./read-assembly.ts";

/** As deep as the local page needs it to find its way; what made the template made the rest. */
const dashboardSchema = z.object({
	name: z.string(),
	title: z.string(),
	widgets: z.array(z.looseObject({ kind: z.enum(["chart", "text", "alarms", "custom"]) })),
});

export function readDashboards(stack: AssemblyStack): readonly Dashboard[] {
	return Object.values(stack.template.Resources).flatMap(({ Metadata }) => {
		const described = Metadata?.[DASHBOARD_METADATA];
		return z.safeParse(dashboardSchema, described).success ? [described as Dashboard] : [];
	});
}

export const isWidgetsFunction = (metadata: Readonly<Record<string, unknown>> | undefined): boolean =>
	metadata?.[WIDGETS_METADATA] === true;
