/** What widgets are made from: a platform as its client and its operator see it. */
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { type Client, createClient } from "../../shared/client/client.ts";
import { createOperator, type Operator } from "../../shared/client/operator.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import type { Html } from "./html.ts";
import type { Button } from "./page.ts";
import type { WidgetEvent } from "./widget-event.ts";

export interface WidgetParts {
	readonly catalogue: Catalogue;
	readonly client: Client;
	readonly operator: Operator;
	readonly store: Pick<Platform["store"], "listRecent">;
	readonly mappings: Platform["mappings"];
	readonly address: Platform["address"];
	readonly button: Button;
	/** Aborts when it is time to answer with what there is. */
	readonly signal: AbortSignal;
}

export const partsOf = (
	platform: Platform,
	catalogue: Catalogue,
	rest: Pick<WidgetParts, "button" | "signal">,
): WidgetParts => ({
	catalogue,
	client: createClient({ catalogue, ...platform }),
	operator: createOperator({ catalogue, ...platform }),
	store: platform.store,
	mappings: platform.mappings,
	address: platform.address,
	...rest,
});

export type ShowWidget = (parts: WidgetParts, event: WidgetEvent) => Promise<Html>;
/** Does it, and tells what was done. */
export type PerformAction = (parts: WidgetParts, event: WidgetEvent) => Promise<string>;
