// One step of a start. Arguments: `import` and a package, `postgres` and a URL, or `duckdb` and a database file.
const [step, on] = process.argv.slice(2);

if (step === 'import') {
  await import(on);
} else if (step === 'postgres') {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: on });
  await client.connect();
  await client.query('select max(updated_at) from lineitem');
  await client.end();
} else {
  const { withDuckdb } = await import('../lib/duckdb-file.mjs');
  await withDuckdb(on, (query) => query('select 1'));
}
