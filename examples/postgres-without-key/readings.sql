drop table if exists readings;
create table readings (sensor text, celsius double precision, taken_at timestamp);
insert into readings
select 'sensor ' || (n % 3), 20 + (n % 10) * 0.1, timestamp '2026-03-01 00:00' + (n / 3) * interval '1 minute'
from generate_series(0, 29999) n;
-- The same reading twice: nothing tells the two rows apart.
insert into readings select * from readings where taken_at = '2026-03-01 00:00';
