// Defects of the Postgres destination, planted to see that the crash suite finds them: what its statements become.

const ADVANCES_HEAD = /^update .*"_datacook_heads" set version = version \+ 1, state/s;
const NOTES_TARGET = /^update .*"_datacook_heads" set target = /s;
const READS_VERSION = /^select version::text from (.*"_datacook_heads" .*)$/s;
const CLAIMS = /^insert into .*"_datacook_heads"/s;
const DROPS_STAGING = /^drop table (".*_datacook_staging_.*")$/s;
const COLUMNS = 'id, version, name, amount, changed_at, revision';

const unchecked = (sql) => sql.replace('version = $2::bigint', '$2::bigint is not null');
/** The version that is read is what the session's own name says. */
const believed = (sql) =>
  sql.replace(READS_VERSION, "select split_part(current_setting('application_name'), ':', 3) from $1");

/**
 * By name. `before`: what is done before a statement, on its session; `instead`: the statement that is run in its place.
 */
export const TARGET_FAULTS = {
  /** The head written in a transaction of its own, after the rows. */
  'head-apart': {
    async before(sql, run) {
      if (!ADVANCES_HEAD.test(sql)) return;
      await run('commit');
      await run('begin');
    },
  },
  /** Nowhere is it looked at whether the head is still at the version that was claimed. */
  'version-unchecked': {
    instead(sql) {
      if (ADVANCES_HEAD.test(sql) || NOTES_TARGET.test(sql)) return unchecked(sql);
      return believed(sql);
    },
  },
  /** It is looked at by commits alone. */
  'prepare-unfenced': {
    instead: (sql) => (NOTES_TARGET.test(sql) ? unchecked(sql) : believed(sql)),
  },
  /** The first publish is done again by each run that claims, as if nobody knew that it was done. */
  'publish-repeated': {
    async before(sql, run) {
      const staging = DROPS_STAGING.exec(sql)?.[1];
      if (staging !== undefined)
        await run(
          `create schema if not exists fault; create table if not exists fault.published as select ${COLUMNS} from ${staging}`,
        );
      if (CLAIMS.test(sql))
        await run(`do $$ begin
          if to_regclass('fault.published') is not null then
            delete from public.orders where id in (select id from fault.published);
            insert into public.orders (${COLUMNS}) select ${COLUMNS} from fault.published;
          end if;
        end $$`);
    },
  },
};
