// What supabase-js answers, for tests/rest/clients.py: a line of JSON is a request, a line of JSON its answer.
// A request is where and with which token to ask, and the calls to chain: [["from", "balances"], ["select", "asset"]].
const readline = require("node:readline");
const { createClient } = require("@supabase/supabase-js");

// A project has PostgREST under /rest/v1, behind its gateway; here it stands alone.
const bare = (url, options) => fetch(String(url).replace("/rest/v1", ""), options);

const clients = new Map();
function client(url, token) {
  if (!clients.has(token)) {
    clients.set(token, createClient(url, token, { db: { schema: "api" }, global: { fetch: bare } }));
  }
  return clients.get(token);
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { url, token, steps } = JSON.parse(line);
  const { data, error, count, status } = await steps.reduce(
    (query, [method, ...given]) => query[method](...given), client(url, token),
  );
  console.log(JSON.stringify({ data, error, count, status }));
});
