// Calls the official Douyin SDK as it is; only the host is led to the sandbox.
// Standard input: {"base": "http://127.0.0.1:1/douyin", "calls": [{"call": "commentList", "with": {…}}]}
// Standard output: [{"answer": …} or {"code": …, "message": …}], one for each call.
const http = require("http");
const https = require("https");
const { URL } = require("url");

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const base = new URL(asked.base);

https.request = (options, answered) => {
  const { agent, protocol, ...kept } = options;
  const led = { ...kept, host: base.hostname, hostname: base.hostname, port: base.port, path: base.pathname + options.path };
  return http.request(led, answered);
};

const { default: Client } = require("@open-dy/open_api_sdk");

async function main() {
  const client = new Client({ clientKey: "unused", clientSecret: "unused" });
  const told = [];
  for (const one of asked.calls) {
    try {
      told.push({ answer: await client[one.call]({ header: {}, ...one.with }) });
    } catch (error) {
      told.push({ code: String(error.code), message: String(error.message) });
    }
  }
  process.stdout.write(JSON.stringify(told));
}

main();
