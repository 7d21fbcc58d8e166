/** Dead letters grouped by error, sent back or deleted by group or by class. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { type Html, html, none } from "./html.ts";
import { instant, table } from "./page.ts";
import type { PerformAction, ShowWidget, WidgetParts } from "./widget-parts.ts";

const GROUPS_MAX = 20;
/** Of an error, in the question whether to act on its group. */
const NAMED_CHARACTERS_MAX = 100;

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
			const which = [job, reason, error.slice(0, NAMED_CHARACTERS_MAX)].filter(Boolean).join(", ");
			const what = `${count} dead letter${count === 1 ? "" : "s"} of ${queueClass} (${which})`;
			return [
				count,
				job ?? "(several)",
				html`<b>${reason ?? "(several)"}</b><br><span class="long">${error.slice(0, 300)}</span>`,
				instant(letters[0]?.failedAt),
				html`<span class="acts">${button("Redrive", { ...about, action: "redrive", group: id }, `Send ${what} back to be performed again?`)} ${button("Delete", { ...about, action: "discard", group: id }, `Delete ${what} for good? Nothing can bring them back.`)}</span>`,
			];
		});
	const more =
		groups.length > GROUPS_MAX ? html`<p class="soft">and ${groups.length - GROUPS_MAX} more groups</p>` : none;
	return html`<h3>${queueClass}: ${all} dead letter${all === 1 ? "" : "s"}</h3>${table(["letters", "job", "error", "latest, UTC", ""], rows)}${more}<p>${button("Redrive all", { ...about, action: "redrive" }, `Send all dead letters of ${queueClass} back to be performed again?`)} ${button("Purge", { ...about, action: "purge" }, `Delete ALL dead letters of ${queueClass} for good? Nothing can bring them back.`)}</p>`;
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
