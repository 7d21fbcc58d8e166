/** An alert as Slack's incoming webhooks take it. Text that others chose can't become a link, a mention or markup. */
import type { Alert } from "./alert-of.ts";

const icons: Readonly<Record<Alert["level"], string>> = {
	INFO: ":information_source:",
	WARNING: ":warning:",
	CRITICAL: ":rotating_light:",
	RESOLVED: ":white_check_mark:",
};

export interface SlackMessage {
	/** For notifications and for clients that show no blocks. */
	readonly text: string;
	readonly blocks: readonly object[];
}

const SECTION_MAX = 3000;

export function slackMessage(alert: Alert): SlackMessage {
	const { level, title, timestamp, message, details, runbook } = alert;
	const lines = [
		`${icons[level]} *${level}*`,
		`*${escaped(title)}*`,
		`Timestamp: ${timestamp}`,
		`Message: ${escaped(message)}`,
		"",
		"Details:",
		...details.map(({ name, value }) => `• ${name}: ${escaped(String(value))}`),
		...(runbook === undefined ? [] : ["", `What to do: ${escaped(runbook)}`]),
	];
	return {
		text: `${level}: ${escaped(title)}. ${escaped(message)}`,
		blocks: [{ type: "section", text: { type: "mrkdwn", text: lines.join("\n").slice(0, SECTION_MAX) } }],
	};
}

/** Slack's own three, and what starts its markup. */
const escaped = (text: string): string =>
	text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replace(/[*_~`]/g, "\u200B$&");
