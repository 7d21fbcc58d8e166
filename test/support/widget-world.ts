/** The widgets over a platform that lies in memory: shown as text, buttons read out and pressed as CloudWatch does. */
import { answerWidget } from "../../lambdas/widgets/answer-widget.ts";
import { toText } from "../../lambdas/widgets/html.ts";
import { buttonTo } from "../../lambdas/widgets/page.ts";
import { partsOf } from "../../lambdas/widgets/widget-parts.ts";
import { cliWorld } from "./cli-world.ts";

export const ENDPOINT = "arn:aws:lambda:eu-central-1:123456789012:function:widgets";

export interface ShownButton {
	readonly label: string;
	readonly confirmation: string | undefined;
	readonly event: Readonly<Record<string, unknown>>;
}

export interface Shown {
	readonly text: string;
	readonly buttons: readonly ShownButton[];
	readonly done: { readonly action: string; readonly told: string; readonly failed: boolean } | undefined;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#96": "`" };
export const decode = (text: string): string => text.replace(/&(#?\w+);/g, (_, name: string) => entities[name] ?? "?");

export function widgetWorld() {
	const world = cliWorld();

	async function show(event: unknown): Promise<Shown> {
		const parts = partsOf(world.platform, world.catalogue, {
			button: buttonTo(ENDPOINT),
			signal: new AbortController().signal,
		});
		const { html, done } = await answerWidget(parts, event);
		const text = toText(html);
		const found = text.matchAll(
			/<a class="btn[^"]*">([^<]*)<\/a><cwdb-action action="call" display="widget" endpoint="([^"]*)"(?: confirmation="([^"]*)")?>([^<]*)<\/cwdb-action>/g,
		);
		const buttons = [...found].map(([, label = "", endpoint, confirmation, body = ""]): ShownButton => {
			if (endpoint !== ENDPOINT) throw new Error(`A button calls ${endpoint}`);
			return {
				label: decode(label),
				confirmation: confirmation === undefined ? undefined : decode(confirmation),
				event: JSON.parse(decode(body)),
			};
		});
		return { text, buttons, done };
	}

	/** Presses the first button with the label, with what was typed into the widget. */
	async function press(shown: Shown, label: string, typed: Readonly<Record<string, string>> = {}): Promise<Shown> {
		const button = shown.buttons.find((one) => one.label === label);
		if (button === undefined)
			throw new Error(`No button ${label}; there are ${shown.buttons.map((one) => one.label).join(", ")}`);
		return show({ ...button.event, widgetContext: { theme: "light", forms: { all: typed }, params: {} } });
	}

	return Object.assign(world, { show, press });
}
