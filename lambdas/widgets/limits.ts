/** The profile, and rate limits: how they stand, and another rate in place of the declared one. */
import { type RateText, rateWords } from "../../shared/job/rate-limit.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { activeProfile } from "./active-profile.ts";
import { html } from "./html.ts";
import { table } from "./page.ts";
import type { PerformAction, ShowWidget } from "./widget-parts.ts";

/** A widget has one set of fields, so each limit's has a name of its own. */
const fieldOf = (limiter: string): string => `rate ${limiter}`;

export const showLimits: ShowWidget = async (parts) => {
	const { client, button } = parts;
	const [profile, all] = await Promise.all([activeProfile(parts), client.limits.list()]);
	if (all.length === 0) return html`${profile}<p class="soft">No job has a rate limit.</p>`;
	const rows = all.map(({ limiter, jobs, per, declared, override, rate, waiting }) => {
		const about = { widget: "limits", limiter } as const;
		const set = override === null ? html`` : html` <span class="busy">(declared ${rateWords(declared)})</span>`;
		return [
			html`<b>${limiter}</b>${per === null ? html`` : html` per ${per}`}<br><span class="soft">${jobs.join(", ")}</span>`,
			html`${rateWords(rate)}${set}`,
			waiting ?? "",
			html`<input type="text" name="${fieldOf(limiter)}" size="8" placeholder="such as 10/s" aria-label="another rate for ${limiter}"> ${button("Set", { ...about, action: "set-limit" }, `Set another rate for ${limiter}? It holds until it is restored.`)} ${button("Halve", { ...about, action: "halve-limit" }, `Let half the declared rate of ${limiter} hold?`)} ${button("Restore", { ...about, action: "restore-limit" }, `Let the declared rate of ${limiter} hold again?`)}`,
		];
	});
	return html`${profile}<form>${table(["limit", "rate", "waiting", ""], rows)}</form>`;
};

const nameIn = ({ limiter }: { readonly limiter?: string | undefined }): string => {
	if (limiter !== undefined) return limiter;
	throw new MillraceError("usage", "The action names no rate limit.");
};

export const setLimit: PerformAction = async ({ client }, event) => {
	const limiter = nameIn(event);
	const text = event.typed(fieldOf(limiter));
	if (text === undefined) throw new MillraceError("usage", `Type a rate for ${limiter} first, such as 10/s.`);
	// What is no rate is refused with the forms there are.
	const { rate } = await client.limits.set(limiter, text as RateText);
	return `${limiter} is ${rateWords(rate)}.`;
};

export const halveLimit: PerformAction = async ({ client }, event) => {
	const { limiter, rate } = await client.limits.factor(nameIn(event), 0.5);
	return `${limiter} is ${rateWords(rate)}, half of what is declared.`;
};

export const restoreLimit: PerformAction = async ({ client }, event) => {
	const { limiter, rate } = await client.limits.restore(nameIn(event));
	return `${limiter} is ${rateWords(rate)}, as declared.`;
};
