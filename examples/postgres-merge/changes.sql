update customers set credit = 99.99, updated_at = '2026-03-03 08:00:00+00' where id = 2;
insert into customers values (4, 'Mary', 'Jackson', 10.00, '2026-03-03 08:00:00+00');
