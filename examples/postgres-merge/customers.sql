drop table if exists customers;
create table customers (
  id bigint primary key,
  fname text not null,
  lname text not null,
  credit numeric(12,2),
  updated_at timestamptz not null
);
insert into customers values
  (1, 'Ada', 'Lovelace', 1200.50, '2026-03-01 09:00:00.000001+00'),
  (2, 'Grace', 'Hopper', 80.00, '2026-03-01 09:00:00.000002+00'),
  (3, 'Annie', 'Easley', null, '2026-03-02 17:30:00+00');
