/** The CDK app. Context `production`, in cdk.json: `true` keeps the data when the stack goes. */
import { App } from "aws-cdk-lib";
import { PageWatchStack } from "./page-watch-stack.ts";

const app = new App();
new PageWatchStack(app, "PageWatch", { production: app.node.tryGetContext("production") === true });
app.synth();
