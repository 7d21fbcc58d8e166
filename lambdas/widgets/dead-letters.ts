/** Dead letters grouped by error, sent back or deleted by group or by class. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { cutToWidth, quoteOf } from "../../shared/kernel/safe-text.ts";
import { type Html, html, none } from "./html.ts";
import { instant, table } from "./page.ts";
import type { PerformAction, ShowWidget, WidgetParts } from "./widget-parts.ts";

const GROUPS_MAX = 20;
/** Of what the letters hold, in the table and in the question whether to act on them: who may send a message may write anything there. */
const SHOWN_COLUMNS = { job: 100, reason: 100, error: 300 };
const ASKED_COLUMNS = { job: 60, reason: 40, error: 100 };

export const showDeadLetters: ShowWidget = async (parts, { queueClass }) => {
	const names = queueClass === undefined ? parts.catalogue.queueClasses.map(({ name }) => name) : [queueClass];
	const shown: Html[] = [];
	// One after another: each looks at every letter, which is then out of sight for others for a moment.
	for (const name of names) shown.push(await showClass(parts, name));
	const again = parts.button("Look again", { widget: "dead-letters", queueClass });
	const some = shown.filter((one) => one !== none);
	return html`${some.length === 0 ? html`<p class="good">No dead letters.</p>` : some}<p>${again}</p>`;
};

async function showClass({ operator, button, signal }: WidgetParts, queueClass: string): Promise<Html> {
	const { deadLetters } = await operator.depth(queueClass);
	const waiting = deadLetters.visible + deadLetters.inFlight;
	if (waiting === 0) return none;
	const groups = await operator.letters(queueClass, { signal });
	if (groups.length === 0)
		return html`<h3>${queueClass}</h3><p class="soft">${waiting} dead letters, held by somebody who looks at them now.</p>`;
	const all = groups.reduce((sum, { count }) => sum + count, 0);
	const about = { widget: "dead-letters", queueClass } as const;
	const rows = groups
		.slice(0, GROUPS_MAX)
		.map(({ id, count, job, reason, exc_type, exc_message, example, letters }) => {
			const error = [exc_type, exc_message ?? example].filter((part) => part !== null).join(": ");
			const what = `${count} dead letter${count === 1 ? "" : "s"} of ${queueClass}`;
			const which = describeGroup({ count, job, reason, error });
			return [
				count,
				html`<span class="long">${cutToWidth(job ?? "(no name)", SHOWN_COLUMNS.job)}</span>`,
				html`<b class="long">${cutToWidth(reason ?? "", SHOWN_COLUMNS.reason)}</b><br><span class="long">${cutToWidth(error, SHOWN_COLUMNS.error)}</span>`,
				instant(letters[0]?.failedAt),
				html`<span class="acts">${button("Redrive", { ...about, action: "redrive", group: id }, `Send ${what} back to be performed again? ${which}`)} ${button("Delete", { ...about, action: "discard", group: id }, `Delete ${what} for good? Nothing can bring ${count === 1 ? "it" : "them"} back. ${which}`)}</span>`,
			];
		});
	const more =
		groups.length > GROUPS_MAX ? html`<p class="soft">and ${groups.length - GROUPS_MAX} more groups</p>` : none;
	return html`<h3>${queueClass}: ${all} dead letter${all === 1 ? "" : "s"}</h3>${table(["letters", "job", "error", "latest, UTC", ""], rows)}${more}<p>${button("Redrive all", { ...about, action: "redrive" }, `Send all dead letters of ${queueClass} back to be performed again?`)} ${button("Purge", { ...about, action: "purge" }, `Delete ALL dead letters of ${queueClass} for good? Nothing can bring them back.`)}</p>`;
}

/** Which letters, as the end of a question: nothing of what a stranger wrote stands before what is asked. */
function describeGroup({
	count,
	job,
	reason,
	error,
}: {
	readonly count: number;
	readonly job: string | null;
	readonly reason: string | null;
	readonly error: string;
}): string {
	const ofJob = job === null ? "no named job" : `job ${quoteOf(job, ASKED_COLUMNS.job)}`;
	const why = [
		...(reason === null ? [] : [quoteOf(reason, ASKED_COLUMNS.reason)]),
		...(error === "" ? [] : [quoteOf(error, ASKED_COLUMNS.error)]),
	];
	return `${count === 1 ? "It is" : "They are"} of ${[ofJob, why.join(", ")].filter(Boolean).join(": ")}`;
}

const classOf = ({ queueClass }: { readonly queueClass?: string | undefined }): string => {
	if (queueClass !== undefined) return queueClass;
	throw new MillraceError("usage", "The action names no queue class.");
};

export const redrive: PerformAction = async ({ operator, signal }, event) => {
	const queueClass = classOf(event);
	const { redriven, failed, left } = await operator.redrive(queueClass, {
		signal,
		...(event.group === undefined ? {} : { group: event.group }),
	});
	const [first] = failed;
	const kept = first === undefined ? "" : ` ${failed.length} could not be: ${first.error}`;
	const rest = signal.aborted || left > 0 ? " There are more: press again." : "";
	return `${redriven.length} redriven from ${queueClass}.${kept}${rest}`;
};

export const discard: PerformAction = async ({ operator, signal }, event) => {
	const queueClass = classOf(event);
	if (event.group === undefined) throw new MillraceError("usage", "The action names no group of dead letters.");
	const { discarded } = await operator.discard(queueClass, { group: event.group }, signal);
	return `${discarded} deleted from ${queueClass}.${signal.aborted ? " There are more: press again." : ""}`;
};

export const purge: PerformAction = async ({ operator }, event) => {
	const queueClass = classOf(event);
	await operator.purgeLetters(queueClass);
	return `All dead letters of ${queueClass} are being deleted; SQS takes up to a minute.`;
};
