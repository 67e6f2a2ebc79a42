"""The test server itself: databases that begin empty and end with their test."""

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.postgres import fresh_database

pytestmark = pytest.mark.postgres


def databases(server: str) -> set[str]:
    plain = sa.make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


def test_a_database_is_empty_takes_chinese_and_is_gone_after_its_test(postgres: str):
    before = databases(postgres)
    with fresh_database(postgres) as url:
        engine = sa.create_engine(url)
        assert sa.inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE village (name text)"))
            connection.execute(sa.text("INSERT INTO village VALUES ('邛崃')"))
            assert connection.scalar(sa.text("SELECT length(name) FROM village")) == 2
        # The pool still holds its connection: a careless test must not keep its database alive.
        assert databases(postgres) - before == {sa.make_url(url).database}
    engine.dispose()
    assert databases(postgres) == before


def test_two_databases_know_nothing_of_each_other(postgres: str, postgres_database: str):
    with fresh_database(postgres) as other:
        assert other != postgres_database
