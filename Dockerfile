# PostgreSQL with jsonify:
#
#     docker build -t postgres-jsonify .
#     docker run -e POSTGRES_PASSWORD=secret postgres-jsonify
#
# The database that is made at the first start has the extension; others say
# CREATE EXTENSION jsonify. Another version: --build-arg PG_MAJOR=17

ARG PG_MAJOR=15

FROM postgres:${PG_MAJOR}-bookworm AS build
ARG PG_MAJOR
RUN apt-get update && apt-get install -y --no-install-recommends \
        gcc libc6-dev make postgresql-server-dev-${PG_MAJOR}
COPY . /src
RUN make -C /src && make -C /src install DESTDIR=/installed

FROM postgres:${PG_MAJOR}-bookworm
COPY --from=build /installed/ /
RUN echo 'CREATE EXTENSION IF NOT EXISTS jsonify;' >/docker-entrypoint-initdb.d/10-jsonify.sql
