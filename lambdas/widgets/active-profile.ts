/** Under which profile the queue classes are, one line for each: that of the deployment, or what `millrace tune` has set since. */
import { sizesNow } from "../../shared/client/tune.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { type Html, html } from "./html.ts";
import type { WidgetParts } from "./widget-parts.ts";

export async function activeProfile(parts: Pick<WidgetParts, "mappings" | "address" | "catalogue">): Promise<Html> {
	try {
		const classes = Object.groupBy(await sizesNow(parts), ({ profile = "not known" }) => profile);
		const lines = Object.entries(classes).map(([profile, members = []]) => {
			const sizes = members.map(({ queueClass, invocations }) => `${queueClass} ${invocations}`).join(", ");
			return html`<p>Profile <b>${profile}</b>: <span class="soft">${sizes} invocations at the same time.</span></p>`;
		});
		return html`${lines}`;
	} catch (error) {
		// Rates can be changed all the same.
		if (!(error instanceof MillraceError)) throw error;
		return html`<p class="soft">The profile is not known: ${error.message}</p>`;
	}
}
