/**
 * What the widgets function answered, for a browser without CloudWatch around it: each of its buttons sends the form around the widget, with what it
 * is to do in its own value. The function escapes every stranger's text, so what looks like a button here is one.
 */

const buttons =
	/<a class="(btn[^"]*)">([^<]*)<\/a><cwdb-action action="call" display="widget" endpoint="[^"]*"(?: confirmation="([^"]*)")?>([^<]*)<\/cwdb-action>/g;

/** @returns the inside of a form */
export function asForm(answer: string, theme: "auto" | "light" | "dark"): string {
	return answer
		.replace(/<\/?form>/g, "")
		.replace('<div class="millrace light">', `<div class="millrace ${theme}">`)
		.replace(buttons, (_, style: string, label: string, confirmation: string | undefined, event: string) => {
			// The values are escaped already, and are parts of an attribute again.
			const asks = confirmation === undefined ? "" : ` title="${confirmation}"`;
			const look = style.includes("primary") ? ' class="primary"' : "";
			return `<button${look}${asks} type="submit" name="press" value="${pressOf(event, confirmation)}">${label}</button>`;
		});
}

/** Two texts in one attribute, divided by what neither has: a line break is written as an entity there. */
const pressOf = (event: string, confirmation = ""): string => `${event}&#10;${confirmation}`;

export interface Press {
	readonly event: Readonly<Record<string, unknown>>;
	/** Empty: nothing is to be asked. */
	readonly confirmation: string;
}

/** @returns `undefined` for what no button of ours sends. */
export function readPress(value: string): Press | undefined {
	// Browsers write a line break as two characters.
	const [json = "", ...words] = value.split(/\r?\n/);
	try {
		const event: unknown = JSON.parse(json);
		if (typeof event !== "object" || event === null || Array.isArray(event)) return undefined;
		return { event: { ...event }, confirmation: words.join(" ") };
	} catch {
		return undefined;
	}
}
