"""jsonify for SQLAlchemy 1.4 and 2: a select of a model's rows becomes JSON text."""
from sqlalchemy import Text, cast, func, inspect, literal, select
from sqlalchemy.dialects.postgresql import JSONB


def row(entity):
    """The whole row of a model (or of an alias of one) as a value: what jsonify takes."""
    return inspect(entity).selectable.table_valued()


def rows(entity):
    """A select of whole rows, to be refined as any: .where(), .order_by(), .limit()."""
    return select(row(entity).label("row"))


def documents(statement, shape, params=None):
    """The rows of such a select, in its order, as one JSON array: text, to be sent as it is."""
    found = statement.subquery()
    return select(cast(func.jsonify_text_agg(found.c.row, shape, literal(params or {}, JSONB)), Text))
