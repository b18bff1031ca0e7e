// Asks an endpoint through @clickhouse/client and prints what came back, as one JSON object.
// node javascript_client.cjs URL PASSWORD, with NODE_PATH set to where the package is.
const { createClient } = require("@clickhouse/client");

const [url, password] = process.argv.slice(2);
const quiet = { level: 127 };
const make = (more) => createClient({ url, username: "anybody", password, log: quiet, ...more });

async function rows(result) {
  let count = 0;
  for await (const batch of result.stream()) count += batch.length;
  return count;
}

async function failure(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return { name: error.constructor.name, code: error.code, type: error.type };
  }
}

async function main() {
  const client = make({ compression: { response: true }, session_id: "s" });
  const plain = make({});
  const format = "JSONEachRow";
  const got = {};
  got.ping = (await client.ping()).success;
  const one = await client.query({
    query: "SELECT {a: Array(String)} AS a, {n: UInt64} AS n",
    query_params: { a: ["x'", "\n\t\\"], n: "18446744073709551615" },
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  got.document = (await one.json()).data;
  got.streamed = await rows(await client.query({ query: "SELECT number FROM numbers(150000)", format }));
  const told = await client.query({
    query: "SELECT number FROM numbers(1000)",
    format: "JSONEachRowWithProgress",
  });
  const kinds = new Set();
  for await (const batch of told.stream()) for (const row of batch) Object.keys(row.json()).forEach((k) => kinds.add(k));
  got.kinds = [...kinds].sort();
  const long = await client.query({
    query: "SELECT sum(sipHash64(number)) AS s FROM numbers(3000000)",
    format,
    clickhouse_settings: { send_progress_in_http_headers: 1, http_headers_progress_interval_ms: "1" },
  });
  got.progressed = "x-clickhouse-progress" in long.response_headers;
  got.summary = JSON.parse(long.response_headers["x-clickhouse-summary"]).read_rows;
  await long.json();
  const form = await client.query({
    query: "SELECT length({a: String}) AS n",
    query_params: { a: "x".repeat(100000) },
    use_multipart_params: true,
    format,
  });
  got.form = (await form.json())[0].n;
  const raw = await client.exec({ query: "SELECT 7 FORMAT TabSeparated" });
  got.raw = "";
  for await (const chunk of raw.stream) got.raw += chunk;
  got.unknown = await failure(client.query({ query: "SELECT * FROM nothing" }));
  got.command = await failure(client.command({ query: "CREATE TABLE t (a UInt8) ENGINE = Memory" }));
  got.insert = await failure(client.insert({ table: "t", values: [{ a: 1 }], format }));
  got.late = await failure(
    plain
      .query({
        query:
          "SELECT number, throwIf(number = 1000000) " +
          "FROM (SELECT number FROM numbers(1100000) LIMIT 1100000)",
        format,
      })
      .then(rows),
  );
  const control = new AbortController();
  setTimeout(() => control.abort(), 100);
  const endless = client.query({
    query: "SELECT count() FROM system.numbers",
    abort_signal: control.signal,
  });
  got.aborted = (await failure(endless)) !== null;
  await client.close();
  await plain.close();
  console.log(JSON.stringify(got));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
