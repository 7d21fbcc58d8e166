/**
 * The CDK app, run by `cdk` through cdk.json and by the local runtime. Needs no AWS account and no network.
 * Context `millrace:production` (cdk.json: false): `true` keeps the data when the stack goes. Set it in cdk.json: with `-c` on the command
 * line it holds for that deploy alone, and the next one without it takes the protection away again.
 * Context `millrace:slackWebhookParameter`: name of the SSM SecureString with the URL of a Slack webhook; alarms are then told to it. Context
 * `millrace:runbooks`: where docs/runbooks is published. Context `millrace:profile`: safe, balanced, fast, or `{"custom": {"observability": 4}}`.
 */
import { enableCompileCache } from "node:module";

// A third of importing CDK is compiling it. Node keeps what it compiled by the text that it compiled; where a module is, it looks anew each time.
enableCompileCache(".cache/compiled");
// Not a static import: what those reach is compiled before the first line here runs.
await import("./millrace-app.ts");
