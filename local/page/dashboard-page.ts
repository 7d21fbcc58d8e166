/**
 * The dashboards on the loopback interface: the same description as CloudWatch's, drawn from what this machine measured, and the same widgets,
 * answered by the same function. Only who opens it by its own address is answered, and only who has its token may press a button: a page
 * of another site that the same browser shows can do neither.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Html, html, toText } from "../../lambdas/widgets/html.ts";
import type { Dashboard } from "../../shared/dashboards/dashboard.ts";
import { invariant } from "../../shared/kernel/errors.ts";
import type { InvocationResult } from "../lambda/environment.ts";
import { readBody, strangerIn } from "../loopback.ts";
import { asForm, readPress } from "./local-widget.ts";
import type { MetricStore } from "./metric-store.ts";
import {
	chartsFrame,
	confirmPage,
	dashboardPage,
	RANGES_MINUTES,
	type Shown,
	type Theme,
	widgetPage,
	withAnswers,
} from "./render-page.ts";

export interface DashboardPage {
	readonly url: string;
	stop(): Promise<void>;
}

export interface DashboardPageParts {
	/** By stack. */
	readonly dashboards: Readonly<Record<string, readonly Dashboard[]>>;
	storeOf(stack: string): MetricStore;
	callWidgets(stack: string, event: unknown): Promise<InvocationResult>;
	/** Any free one where this is taken, and for 0. */
	readonly port: number;
}

/** Where `npm start` and `millrace start` show it, so that its address stays the same over restarts. */
export const PAGE_PORT = 4477;

interface Answer {
	readonly status: number;
	readonly html?: Html;
	/** What goes into the places of the page. */
	readonly widgets?: readonly string[];
	readonly text?: string;
}

const BODY_BYTES_MAX = 64 * 1024;
const themes: readonly Theme[] = ["auto", "light", "dark"];

const headers = {
	"content-type": "text/html; charset=utf-8",
	// No script anywhere, and nothing from anywhere else.
	"content-security-policy":
		"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'",
	"x-content-type-options": "nosniff",
	"referrer-policy": "same-origin",
	"cache-control": "no-store",
} as const;

export async function startDashboardPage(parts: DashboardPageParts): Promise<DashboardPage> {
	const token = randomBytes(24).toString("base64url");
	let host = "";

	function viewOf(url: URL): Shown | undefined {
		const stack =
			url.searchParams.get("stack") ??
			Object.keys(parts.dashboards).find((name) => parts.dashboards[name]?.length !== 0);
		const own = Object.hasOwn(parts.dashboards, stack ?? "") ? (parts.dashboards[stack ?? ""] ?? []) : [];
		const name = url.searchParams.get("dashboard");
		const dashboard = name === null ? own[0] : own.find((one) => one.name === name);
		if (stack === undefined || dashboard === undefined) return undefined;
		const minutes = RANGES_MINUTES.find((range) => String(range) === url.searchParams.get("minutes")) ?? 15;
		const theme = themes.find((one) => one === url.searchParams.get("theme")) ?? "auto";
		return { dashboards: parts.dashboards, stack, dashboard, minutes, theme };
	}

	async function callWidget(shown: Shown, event: object): Promise<string> {
		const widgetContext = { theme: shown.theme === "dark" ? "dark" : "light", forms: { all: {} }, params: {} };
		const result = await parts.callWidgets(shown.stack, { widgetContext, ...event });
		if (result.kind === "ok" && typeof result.response === "string") return asForm(result.response, shown.theme);
		return toText(html`<p>${result.kind === "ok" ? "The function answered no HTML." : result.error}</p>`);
	}

	async function get(shown: Shown, path: string): Promise<Answer> {
		if (path === "/charts") return { status: 200, html: chartsFrame(shown, parts.storeOf(shown.stack), Date.now()) };
		if (path !== "/") return { status: 404, text: "There is no such page." };
		const widgets: string[] = [];
		for (const widget of shown.dashboard.widgets)
			if (widget.kind === "custom")
				widgets.push(await callWidget(shown, { widget: widget.widget, ...widget.parameters }));
		return { status: 200, html: dashboardPage(shown, token), widgets };
	}

	async function press(shown: Shown, body: string): Promise<Answer> {
		const fields = new URLSearchParams(body);
		if (!isToken(fields.get("token"), token))
			return { status: 403, text: "This form is not of this page. Open it again." };
		const value = fields.get("press") ?? "";
		const pressed = readPress(value);
		if (pressed === undefined) return { status: 400, text: "No button of this page sends that." };
		const confirmed = fields.get("confirmed") === "yes";
		const typed = Object.fromEntries(
			[...fields]
				.filter(([name]) => !["token", "press", "confirmed"].includes(name))
				.map(([name, text]) => [confirmed ? name.replace(/^typed /, "") : name, text]),
		);
		const { confirmation, event } = pressed;
		if (confirmation !== "" && !confirmed)
			return { status: 200, html: confirmPage(shown, { confirmation, press: value, typed }, token) };
		const widgetContext = { theme: shown.theme === "dark" ? "dark" : "light", forms: { all: typed }, params: {} };
		return {
			status: 200,
			html: widgetPage(shown, token),
			widgets: [await callWidget(shown, { ...event, widgetContext })],
		};
	}

	async function answerTo(request: IncomingMessage): Promise<Answer> {
		if (request.headers.host !== host) return { status: 403, text: "This page is opened by its own address only." };
		const stranger = strangerIn(request.headers);
		if (stranger !== undefined) return { status: 403, text: stranger };
		const url = new URL(request.url ?? "/", `http://${host}`);
		const shown = viewOf(url);
		if (shown === undefined) return { status: 404, text: "There is no such dashboard." };
		if (request.method === "GET") return get(shown, url.pathname);
		if (request.method !== "POST" || url.pathname !== "/press") return { status: 405, text: "Only buttons post." };
		const body = await readBody(request, BODY_BYTES_MAX);
		return body === undefined
			? { status: 413, text: "That is more than a form of this page holds." }
			: press(shown, body.toString("utf8"));
	}

	const server = createServer((request, response) => {
		void answerTo(request)
			.catch((error: unknown): Answer => ({ status: 500, text: `It failed: ${String(error)}` }))
			.then((answer) => send(response, answer));
	});
	await listen(server, parts.port).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "EADDRINUSE") throw error;
		return listen(server, 0);
	});
	const { port } = server.address() as AddressInfo;
	host = `127.0.0.1:${port}`;
	invariant(port > 0, "a server that listens has a port");
	return {
		url: `http://${host}/`,
		async stop() {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}

const listen = (server: Server, port: number): Promise<void> =>
	new Promise((resolve, reject) => {
		server.once("error", reject).listen(port, "127.0.0.1", () => {
			server.off("error", reject);
			resolve();
		});
	});

function send(response: ServerResponse, { status, html: page, widgets = [], text = "" }: Answer): void {
	const type = page === undefined ? { "content-type": "text/plain; charset=utf-8" } : {};
	response.writeHead(status, { ...headers, ...type }).end(page === undefined ? text : withAnswers(page, widgets));
}

function isToken(given: string | null, token: string): boolean {
	const [one, other] = [Buffer.from(given ?? ""), Buffer.from(token)];
	return one.length === other.length && timingSafeEqual(one, other);
}
