/** The circuit breaker of each queue class. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { html } from "./html.ts";
import { instant, table } from "./page.ts";
import type { PerformAction, ShowWidget } from "./widget-parts.ts";

const OPEN_SECONDS = 600;

export const showBreakers: ShowWidget = async ({ catalogue, operator, button }) => {
	const views = await Promise.all(catalogue.queueClasses.map(({ name }) => operator.breaker(name)));
	const rows = views.map(({ queue, state, openSince, because, nextProbeAt }) => {
		const about = { widget: "breakers", queueClass: queue } as const;
		const tone = { open: "bad", closed: "good", off: "soft" }[state];
		const switches =
			state === "open"
				? button(
						"Close",
						{ ...about, action: "close-breaker" },
						`Close the breaker of ${queue}? Its runs go on in full.`,
					)
				: button(
						"Open",
						{ ...about, action: "open-breaker" },
						`Open the breaker of ${queue} for ${OPEN_SECONDS / 60} minutes? Workers hear of it with their next failure; pause the class to stop it at once.`,
					);
		return [
			queue,
			html`<b class="${tone}">${state}</b>`,
			because === null ? "" : `${because} (since ${instant(openSince ?? undefined)})`,
			instant(nextProbeAt ?? undefined),
			state === "off" ? "" : switches,
		];
	});
	return table(["queue class", "breaker", "because", "next try, UTC", ""], rows);
};

const classOf = ({ queueClass }: { readonly queueClass?: string | undefined }): string => {
	if (queueClass !== undefined) return queueClass;
	throw new MillraceError("usage", "The action names no queue class.");
};

export const openBreaker: PerformAction = async ({ operator }, event) => {
	const queueClass = classOf(event);
	await operator.openBreaker(queueClass, { seconds: OPEN_SECONDS, reason: "opened from the dashboard" });
	return `The breaker of ${queueClass} is open for ${OPEN_SECONDS / 60} minutes.`;
};

export const closeBreaker: PerformAction = async ({ operator }, event) => {
	await operator.closeBreaker(classOf(event));
	return `The breaker of ${classOf(event)} is closed.`;
};
