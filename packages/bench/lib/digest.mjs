/**
 * The contents of a table as the number of its rows and an order-free sum of their hashes, made by each system's own
 * SQL. A row's text is its values' canonical texts, each followed by a comma; NULL is `~`. Text is led by its length in
 * bytes, so that no two rows have the same. The hash is the first 60 bits of the row text's MD5.
 */
const CANONICAL = {
  /** In decimal. */
  int: { postgres: (column) => `${column}::text`, duckdb: (column) => `${column}::varchar` },
  /** With as many digits after the point as the type has. */
  decimal: { postgres: (column) => `${column}::text`, duckdb: (column) => `${column}::varchar` },
  /** Days since 1970-01-01. */
  date: {
    postgres: (column) => `(${column} - date '1970-01-01')::text`,
    duckdb: (column) => `(${column} - date '1970-01-01')::varchar`,
  },
  /** Microseconds since 1970-01-01T00:00:00Z. */
  timestamptz: {
    postgres: (column) => `(extract(epoch from ${column}) * 1000000)::bigint::text`,
    duckdb: (column) => `epoch_us(${column})::varchar`,
  },
  /** Its bytes in UTF-8, behind their number. */
  text: {
    postgres: (column) => `octet_length(${column})::text || ':' || ${column}`,
    duckdb: (column) => `strlen(${column})::varchar || ':' || ${column}`,
  },
};

const HASH = {
  postgres: (text) => `('x' || substr(md5(${text}), 1, 15))::bit(60)::bigint`,
  duckdb: (text) => `('0x' || substr(md5(${text}), 1, 15))::bigint`,
};

/** The SQL of a digest, one text `rows:sum` in the column `digest`. `system` is `postgres` or `duckdb`. */
export function digestSql(system, columns, table) {
  const text = columns
    .map(({ name, type }) => `coalesce(${CANONICAL[type][system](name)}, '~') || ','`)
    .join(' || ');
  const asText = system === 'postgres' ? 'text' : 'varchar';
  return `select count(*)::${asText} || ':' || coalesce(sum(${HASH[system](text)}), 0)::${asText} as digest from ${table}`;
}
