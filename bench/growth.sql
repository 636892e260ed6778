-- growth: as many parents with ten children each as the largest run wants.
CREATE SCHEMA growth;
CREATE TABLE growth.parents (
    id   integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE growth.children (
    id        integer PRIMARY KEY,
    parent_id integer NOT NULL REFERENCES growth.parents,
    title     text NOT NULL,
    date      date NOT NULL
);
INSERT INTO growth.parents SELECT i, 'parent ' || i FROM generate_series(1, :children / 10) AS i;
INSERT INTO growth.children
SELECT i, 1 + (i - 1) / 10, 'The title of child number ' || i, date '2020-01-01' + i % 1500
  FROM generate_series(1, :children) AS i;
CREATE INDEX ON growth.children (parent_id);
VACUUM ANALYZE growth.parents, growth.children;
