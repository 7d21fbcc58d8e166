/** The latest runs with a filter, and one run in full. */
import { toIso } from "../../shared/kernel/time.ts";
import { recordedStates } from "../../shared/wire/run-states.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Html, html, none } from "./html.ts";
import { duration, instant, stateMark, table } from "./page.ts";
import type { ShowWidget, WidgetParts } from "./widget-parts.ts";

const LISTED_MAX = 100;
const SHOWN_MAX = 25;
const ID_SHOWN_MAX = 14;

const option = (value: string, chosen: string | undefined, label = value): Html =>
	value === chosen
		? html`<option value="${value}" selected>${label}</option>`
		: html`<option value="${value}">${label}</option>`;

export const showRuns: ShowWidget = async (parts, event) => {
	const { catalogue, client, store, button } = parts;
	const typed = event.typed("job");
	const job = typed ?? event.job;
	const state = event.typed("state") ?? event.state;
	const wantedJob = job === undefined || job === "*" ? undefined : job;
	const wantedState = state === undefined || state === "*" ? undefined : state;
	const listed = await store.listRecent({
		limit: wantedState === undefined ? SHOWN_MAX : LISTED_MAX,
		...(wantedJob === undefined ? {} : { job: wantedJob }),
	});
	const views = (await client.statusMany(listed.map(({ id }) => id))).filter(
		(view) => wantedState === undefined || view.state === wantedState,
	);
	const filter = html`<form><select name="job" aria-label="job">${option("*", job, "every job")}${catalogue.jobs.map(
		({ name }) => option(name, job),
	)}</select> <select name="state" aria-label="state">${option("*", state, "every state")}${recordedStates.map((name) => option(name, state))}</select> ${button("Filter", { widget: "runs" })}</form>`;
	const looked =
		wantedState === undefined || views.length >= SHOWN_MAX ? none : lookedAt(listed, wantedState, wantedJob);
	if (views.length === 0)
		return wantedState === undefined ? html`${filter}<p class="soft">No runs yet.</p>` : html`${filter}${looked}`;
	const rows = views.slice(0, SHOWN_MAX).map((view) => {
		const show = button(view.id.length > ID_SHOWN_MAX ? `${view.id.slice(0, ID_SHOWN_MAX)}…` : view.id, {
			widget: "run",
			run: view.id,
		});
		if (view.state === "PENDING") return ["", show, "", html`<span class="soft">waits, or over</span>`, "", "", ""];
		const took = "duration_ms" in view ? duration(view.duration_ms) : "";
		return [
			html`<span class="acts">${instant(view.started_at).slice(5)}</span>`,
			show,
			view.job,
			stateMark(view.state),
			view.attempts,
			html`<span class="acts">${took}</span>`,
			remark(view),
		];
	});
	return html`${filter}${table(["started, UTC", "run", "job", "state", "attempts", "took", ""], rows)}${looked}`;
};

/** The index of runs knows nothing of states: how far a filter by state has looked, which may not be far enough. */
function lookedAt(
	listed: Awaited<ReturnType<WidgetParts["store"]["listRecent"]>>,
	state: string,
	job = "any job",
): Html {
	const oldest = listed.at(-1);
	if (oldest === undefined) return html`<p class="soft">No runs of ${job} yet.</p>`;
	const all = listed.length < LISTED_MAX ? `all ${listed.length} runs` : `the latest ${listed.length} runs`;
	return html`<p class="soft">Looked for ${state} at ${all} of ${job}, back to ${instant(toIso(oldest.firstStartedAt))}.</p>`;
}

function remark(view: RunView): Html {
	switch (view.state) {
		case "PROGRESS":
			return progressBar(view.meta);
		case "RETRY":
		case "FAILURE":
			return html`<span class="long">${`${view.meta.exc_type}: ${view.meta.exc_message}`.slice(0, 120)}</span>`;
		case "SKIPPED":
		case "REVOKED":
			return html`<span class="long">${view.meta.reason.slice(0, 120)}</span>`;
		default:
			return none;
	}
}

function progressBar({
	progress,
	status,
	stage,
	step,
	total,
	current_step,
}: Extract<RunView, { state: "PROGRESS" }>["meta"]): Html {
	const done = progress ?? (step !== undefined && total !== undefined && total > 0 ? (100 * step) / total : undefined);
	const words = [stage, status, current_step, step === undefined ? undefined : `${step} of ${total ?? "?"}`];
	const bar =
		done === undefined
			? none
			: html`<progress max="100" value="${Math.round(done)}"></progress> ${Math.round(done)} % `;
	return html`${bar}${words.filter((word) => word !== undefined).join(", ")}`;
}

export const showRun: ShowWidget = async (parts, event) => {
	const { client, button } = parts;
	const id = event.typed("run") ?? event.run;
	const ask = html`<form><input type="text" name="run" size="36" placeholder="id of a run" aria-label="id of a run"> ${button("Show", { widget: "run" })} ${button("Recent runs", { widget: "runs" })}</form>`;
	if (id === undefined) return ask;
	const view = await client.status(id);
	return html`${ask}<h3>${view.id}</h3>${view.state === "PENDING" ? html`<p class="soft">PENDING: sent and not begun yet, or over and forgotten, or never sent.</p>` : facts(view)}`;
};

function facts(view: Exclude<RunView, { state: "PENDING" }>): Html {
	const retries = "retry_count" in view.meta ? ` (${view.meta.retry_count} of ${view.meta.max_retries} retries)` : "";
	const rows: (readonly [string, Html | string])[] = [
		["state", stateMark(view.state)],
		["job", view.job],
		["attempts", `${view.attempts}${retries}`],
		["generation", view.generation > 1 ? `${view.generation}: redriven` : String(view.generation)],
		[view.attempts === 0 ? "recorded, never begun" : "first attempt began", instant(view.created_at)],
	];
	if (view.started_at !== view.created_at) rows.push(["latest attempt began", instant(view.started_at)]);
	if (view.attempts > 1 || view.generation > 1) {
		// A row keeps one attempt, so that it stays a small write.
		rows.push([
			"earlier attempts",
			html`<span class="soft">only counted here; the workers' log has each, under the run's id</span>`,
		]);
	}
	if (view.legs !== undefined) rows.push(["legs of the latest attempt", String(view.legs)]);
	if (view.tenant !== undefined) rows.push(["tenant", view.tenant]);
	if ("ended_at" in view) rows.push(["ended", `${instant(view.ended_at)}, after ${duration(view.duration_ms)}`]);
	if (view.state === "PROGRESS") rows.push(["progress", progressBar(view.meta)]);
	if (view.state === "SUCCESS" && Object.keys(view.meta).length > 0)
		rows.push(["last progress", progressBar({ ...view.meta })]);
	if (view.state === "RETRY") rows.push(["next attempt", instant(view.meta.next_attempt_at)]);
	if (view.state === "FAILURE" || view.state === "RETRY") {
		const { exc_type, exc_message, error_class, traceback } = view.meta;
		rows.push([view.state === "RETRY" ? "latest error" : "error", `${exc_type}: ${exc_message} (${error_class})`]);
		if (traceback !== undefined) rows.push(["where", html`<pre>${traceback}</pre>`]);
	}
	if (view.state === "SKIPPED" || view.state === "REVOKED") rows.push(["because", view.meta.reason]);
	if (view.state === "SUCCESS" && view.result !== undefined)
		rows.push(["result", html`<pre>${JSON.stringify(view.result, undefined, 2).slice(0, 4000)}</pre>`]);
	return table(["", ""], rows);
}
