// Reads a JSON array of LogQL queries; answers for each where the grammar cannot go on, or null.
const { parser } = require("@grafana/lezer-logql");

function fault(query) {
  const cursor = parser.parse(query).cursor();
  do {
    if (cursor.type.isError) return `at character ${cursor.from}: ${query.slice(cursor.from, cursor.from + 30)}`;
  } while (cursor.next());
  return null;
}

const queries = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(queries.map(fault)));
