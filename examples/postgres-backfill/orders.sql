drop table if exists orders;
create table orders (
  id bigint generated always as identity primary key,
  customer text not null,
  total numeric(10,2) not null,
  updated_at timestamptz not null
);
insert into orders (customer, total, updated_at)
select 'customer ' || (n % 7), n * 1.25, timestamptz '2026-01-01 00:00+00' + n * interval '6 hours'
from generate_series(0, 359) n;
