// Unpacks the Chromium that npm installed beside this script. TMPDIR says where to.
// The libraries it needs come along for machines that have none of their own; they are asked for as on Lambda.
process.env.AWS_EXECUTION_ENV ??= "AWS_Lambda_nodejs22.x";
const { default: chromium } = await import("@sparticuz/chromium");
console.log(await chromium.executablePath());
