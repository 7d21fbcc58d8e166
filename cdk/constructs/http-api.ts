/**
 * The platform's HTTP API: one route for each of shared/wire/http-routes.ts, so that what is no route costs no invocation and a caller can be let
 * at single ones; callers are known by IAM, or by a JWT. Webhooks alone come without, where there are any: their signature is checked by the function.
 * Idle, it costs nothing.
 */
import { ArnFormat, CfnOutput, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
	CfnApi,
	CfnRoute,
	CfnStage,
	HttpApi,
	HttpMethod,
	HttpNoneAuthorizer,
	HttpRoute,
	HttpRouteKey,
	HttpStage,
	type IHttpRouteAuthorizer,
	LogGroupLogDestination,
	PayloadFormatVersion,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpIamAuthorizer, HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { EventSourceMapping, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { WebhookDefinition } from "../../shared/job/webhook.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import {
	httpRoutes,
	type OpenOperation,
	type Operation,
	operations,
	routeKeyOf,
} from "../../shared/wire/http-routes.ts";
import { allow, type FunctionHousing, makePlatformFunction, noteBundle } from "./platform-function.ts";
import type { QueueClass } from "./queue-class.ts";
import { grantReadSecret } from "./secret-parameter.ts";

export interface HttpApiAccess {
	/** Default: IAM, that is requests signed by SigV4 of who may `execute-api:Invoke`. Else tokens of this issuer for one of these audiences. */
	readonly jwt?: { readonly issuer: string; readonly audience: readonly string[]; readonly scopes?: readonly string[] };
	/** Routes that anybody may call, for load balancers and scrapers which can't sign. Default none. */
	readonly open?: readonly OpenOperation[];
	/**
	 * Of the stage, for callers who are known; open routes have limits of their own, so that strangers use up none of it. It slows a flood and caps no
	 * concurrency: 50 a second that take 29 s each are more than an account usually has. Default 50 a second, a burst of 100.
	 */
	readonly throttle?: { readonly requestsPerSecond: number; readonly burst: number };
}

export interface PlatformHttpApiProps extends FunctionHousing {
	readonly access: HttpApiAccess;
	readonly webhooks: readonly WebhookDefinition[];
	readonly queueClasses: readonly QueueClass[];
	readonly mappings: readonly EventSourceMapping[];
	/** The one with the platform's address. */
	readonly platformParameter: StringParameter;
}

/** Below the 30 s after which API Gateway answers in its place. */
const TIMEOUT_SECONDS = 29;
/** Half a processor: a cold start stays well under a second. */
const MEMORY_MB = 1024;
const THROTTLE = { requestsPerSecond: 50, burst: 100 };
/** A load balancer's and a scraper's need, several times over. */
const OPEN_THROTTLE = { requestsPerSecond: 10, burst: 20 };
const STAGE = "$default";
const OUTPUT = "MillraceApiUrl";

export class PlatformHttpApi extends Construct {
	readonly function: LambdaFunction;
	/** `https://…`, without a slash at its end. */
	readonly url: string;
	readonly #api: HttpApi;
	readonly #asksIam: boolean;

	constructor(scope: Construct, id: string, props: PlatformHttpApiProps) {
		super(scope, id);
		this.function = this.#makeFunction(props);
		this.#asksIam = props.access.jwt === undefined;
		this.#api = new HttpApi(this, "Api", {
			description: "Millrace: runs, schedules, queues and webhooks",
			createDefaultStage: false,
		});
		const integration = new HttpLambdaIntegration("Integration", this.function, {
			payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
			// One permission for the API instead of one for each route.
			scopePermissionToRoute: false,
		});
		const authorizer = authorizerOf(props.access);
		const open: readonly Operation[] = [...(props.access.open ?? []), "takeWebhook"];
		const openRoutes = new Map<Operation, HttpRoute>();
		// Without webhooks anybody could have the function invoked, to be refused by it.
		for (const operation of operations.filter((one) => one !== "takeWebhook" || props.webhooks.length > 0)) {
			const { method, path } = httpRoutes[operation];
			const isOpen = open.includes(operation);
			const scopes = isOpen ? undefined : props.access.jwt?.scopes;
			const route = new HttpRoute(this, `Route-${operation}`, {
				httpApi: this.#api,
				routeKey: HttpRouteKey.with(path, HttpMethod[method]),
				integration,
				authorizer: isOpen ? new HttpNoneAuthorizer() : authorizer,
				...(scopes === undefined ? {} : { authorizationScopes: [...scopes] }),
			});
			if (!isOpen) continue;
			acknowledgeOpen(route, operation);
			openRoutes.set(operation, route);
		}
		this.url = this.#makeStage(props, openRoutes);
		new CfnOutput(this, "Url", {
			description: "Where the HTTP API of the platform answers",
			value: this.url,
		}).overrideLogicalId(OUTPUT);
	}

	/**
	 * Lets a caller at these routes, or at all. Who may `getJob` may `getJobResult` too: IAM's wildcard for the id takes slashes, and whatever follows.
	 * @throws MillraceError `configuration-invalid` for an API whose callers are not known by IAM
	 */
	grantInvoke(grantee: IGrantable, asked: readonly Operation[] = operations): void {
		if (!this.#asksIam) {
			throw new MillraceError(
				"configuration-invalid",
				"Callers of this HTTP API show tokens: who may have one is the issuer's to say.",
			);
		}
		const stack = Stack.of(this);
		for (const { method, path } of asked.filter((name) => name !== "takeWebhook").map((name) => httpRoutes[name])) {
			const resource = `${STAGE}/${method}${path.replace(/\{\w+\}/g, "*")}`;
			const arn = stack.formatArn({
				service: "execute-api",
				resource: this.#api.apiId,
				resourceName: resource,
				arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
			});
			Grant.addToPrincipal({ grantee, actions: ["execute-api:Invoke"], resourceArns: [arn] }).assertSuccess();
			const principal = grantee.grantPrincipal;
			const child = this.#api.node.defaultChild;
			if (!resource.includes("*") || !Construct.isConstruct(principal) || !(child instanceof CfnApi)) continue;
			Validations.of(principal).acknowledge({
				id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<${stack.getLogicalId(child)}>/${resource}]`,
				reason:
					"The wildcard stands for the id of a run or the name of a schedule, in one method of the platform's own API. It takes slashes: who may ask after a run may read its result.",
			});
		}
	}

	#makeFunction(props: PlatformHttpApiProps): LambdaFunction {
		const { made, role } = makePlatformFunction(this, props, {
			who: "Millrace HTTP API",
			does: "Millrace: answers the HTTP API",
			service: "api",
			timeoutSeconds: TIMEOUT_SECONDS,
			memoryMb: MEMORY_MB,
			environment: { MILLRACE_PLATFORM_PARAMETER: props.platformParameter.parameterName },
		});
		noteBundle(made, props.bundle);
		const queues = props.queueClasses.map(({ queue }) => queue.queueArn);
		allow(role, ["sqs:SendMessage"], queues);
		allow(
			role,
			["sqs:GetQueueAttributes"],
			[...queues, ...props.queueClasses.map(({ deadLetterQueue }) => deadLetterQueue.queueArn)],
		);
		// Tags say why a class is paused.
		allow(
			role,
			["lambda:GetEventSourceMapping", "lambda:ListTags"],
			props.mappings.map(({ eventSourceMappingArn }) => eventSourceMappingArn),
		);
		allow(role, ["ssm:GetParameter"], [props.platformParameter.parameterArn]);
		for (const parameter of new Set(props.webhooks.map(({ secretParameter }) => secretParameter)))
			grantReadSecret(this, role, parameter);
		allow(role, ["cloudwatch:GetMetricData"], ["*"]);
		Validations.of(role).acknowledge({
			id: "AwsSolutions-IAM5[Resource::*]",
			reason:
				"cloudwatch:GetMetricData takes no resource. It tells numbers of the account's metrics, and nothing else.",
		});
		return made;
	}

	#makeStage(
		{ access, logRetention, production }: PlatformHttpApiProps,
		openRoutes: ReadonlyMap<Operation, HttpRoute>,
	): string {
		const throttle = access.throttle ?? THROTTLE;
		const stage = new HttpStage(this, "Stage", {
			httpApi: this.#api,
			stageName: STAGE,
			autoDeploy: true,
			throttle: { rateLimit: throttle.requestsPerSecond, burstLimit: throttle.burst },
			accessLogSettings: {
				destination: new LogGroupLogDestination(
					new LogGroup(this, "AccessLogs", {
						retention: logRetention,
						removalPolicy: production ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
					}),
				),
				format: AccessLogFormat.custom(JSON.stringify(accessLog)),
			},
		});
		const resource = stage.node.defaultChild;
		if (openRoutes.size > 0 && resource instanceof CfnStage) {
			// Senders of webhooks don't all try again: they get as much as known callers, but not of theirs.
			resource.routeSettings = Object.fromEntries(
				[...openRoutes.keys()].map((operation) => [
					routeKeyOf(operation),
					routeSettings(operation === "takeWebhook" ? throttle : least(throttle)),
				]),
			);
			// Settings of a route that is not there yet are refused.
			stage.node.addDependency(...openRoutes.values());
		}
		return stage.url.replace(/\/$/, "");
	}
}

type Throttle = NonNullable<HttpApiAccess["throttle"]>;

const least = ({ requestsPerSecond, burst }: Throttle): Throttle => ({
	requestsPerSecond: Math.min(requestsPerSecond, OPEN_THROTTLE.requestsPerSecond),
	burst: Math.min(burst, OPEN_THROTTLE.burst),
});

const routeSettings = ({ requestsPerSecond, burst }: Throttle) => ({
	ThrottlingRateLimit: requestsPerSecond,
	ThrottlingBurstLimit: burst,
});

/** API Gateway writes values as they are: only what no caller can choose freely, so that nobody forges a line. */
const accessLog = {
	requestId: "$context.requestId",
	time: "$context.requestTime",
	ip: "$context.identity.sourceIp",
	caller: "$context.identity.userArn",
	route: "$context.routeKey",
	status: "$context.status",
	bytes: "$context.responseLength",
	milliseconds: "$context.responseLatency",
	integrationStatus: "$context.integrationStatus",
	refusedBy: "$context.error.responseType",
};

function authorizerOf({ jwt }: HttpApiAccess): IHttpRouteAuthorizer {
	return jwt === undefined
		? new HttpIamAuthorizer()
		: new HttpJwtAuthorizer("Jwt", jwt.issuer, { jwtAudience: [...jwt.audience] });
}

function acknowledgeOpen(route: HttpRoute, operation: Operation): void {
	const resource = route.node.defaultChild;
	if (!(resource instanceof CfnRoute)) return;
	Validations.of(resource).acknowledge({
		id: "AwsSolutions-APIG4",
		reason:
			operation === "takeWebhook"
				? "Senders of webhooks can sign neither with IAM nor with a token of ours: the function checks the signature of each delivery with the source's own secret, in constant time, before it does anything else."
				: "Opened by whoever deploys, for a load balancer or a scraper that can't sign; it tells numbers and names of queues and jobs, and changes nothing.",
	});
}
