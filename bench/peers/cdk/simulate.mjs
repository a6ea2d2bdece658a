// A runbook in cdk-ssm-documents' simulation, and the bare calls with AWS's SDK for JavaScript, alternated, as JSON.
//
// usage: node simulate.mjs STEPS ROUNDS
//
// Comes in: the steps (bench/run/steps.py writes them), the SDK's usual environment. Goes out: milliseconds of each
// round, of the simulation also with an invoker that answers at once: its own work. Never: the words it prints.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import process from "node:process";

const require = createRequire(process.cwd() + "/");
const { App, Stack } = require("aws-cdk-lib");
const ssm = require("@cdklabs/cdk-ssm-documents");
// Its own copies, which are what it calls.
const inside = createRequire(require.resolve("@cdklabs/cdk-ssm-documents"));
// What it prints in each step would count as its work.
console.log = () => {};

const [file, rounds] = process.argv.slice(2);
const steps = JSON.parse(readFileSync(file, "utf8"));

function document(stack) {
  const made = new ssm.AutomationDocument(stack, "Measured", { documentFormat: ssm.DocumentFormat.YAML, documentName: "Measured" });
  for (const step of steps) {
    if (step.branch) {
      const choice = new ssm.Choice({
        jumpToStepName: step.next, operation: ssm.Operation.STRING_EQUALS,
        variable: ssm.StringVariable.of(step.branch), constant: step.equals,
      });
      made.addStep(new ssm.BranchStep(stack, step.name, { choices: [choice], defaultStepName: step.next }));
      continue;
    }
    const service = { ec2: ssm.AwsService.EC2, ssm: ssm.AwsService.SSM, iam: ssm.AwsService.IAM }[step.service];
    const outputs = (step.outputs ?? []).map((output) => ({ name: output.name, selector: output.selector, outputType: ssm.DataTypeEnum.STRING }));
    const input = Object.fromEntries(Object.entries(step.input).map(([key, value]) => [
      key, typeof value === "string" && value.startsWith("{{") ? ssm.StringVariable.of(value.slice(2, -2).trim()) : value,
    ]));
    made.addStep(new ssm.AwsApiStep(stack, step.name, { service, pascalCaseApi: step.api, apiParams: input, outputs }));
  }
  return made;
}

function simulate(invoker) {
  const stack = new Stack(new App(), "Stack");
  const simulation = ssm.Simulation.ofAutomation(document(stack), invoker ? { awsInvoker: invoker } : {});
  const begun = process.hrtime.bigint();
  const result = simulation.simulate({});
  const took = milliseconds(begun);
  if (result.responseCode !== ssm.ResponseCode.SUCCESS) throw new Error(`the simulation failed: ${result.stackTrace}`);
  return took;
}

const milliseconds = (begun) => Number(process.hrtime.bigint() - begun) / 1e6;

const modules = { ec2: "EC2", ssm: "SSM", iam: "IAM" };
const clients = {};

async function bare() {
  const begun = process.hrtime.bigint();
  for (const step of steps.filter((step) => step.api)) {
    const module = inside(`@aws-sdk/client-${step.service}`);
    const client = (clients[step.service] ??= new module[`${modules[step.service]}Client`]());
    await client.send(new module[`${step.api}Command`](step.plain));
  }
  return milliseconds(begun);
}

const answers = new Map(steps.filter((step) => step.api).map((step) => [step.api, step.answer]));
const atOnce = { invoke: ({ awsApi }) => answers.get(awsApi[0].toUpperCase() + awsApi.slice(1)) };

const done = [];
for (let round = 0; round <= Number(rounds); round++) {
  const floor = await bare();
  const engine = simulate();
  const alone = simulate(atOnce);
  // The first round loads modules and opens connections.
  if (round > 0) done.push({ floor, engine, alone });
}
process.stdout.write(JSON.stringify({ rounds: done }) + "\n");
process.exit(0);
