"""What the tables share: the metadata with its naming rules, and columns that occur in many."""

from sqlalchemy import Column, DateTime, Double, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def time_column(name: str, *, nullable: bool = False) -> Column[object]:
    """Return a column of aware times."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def instrument_key() -> Column[int]:
    """Return the number of an instrument as a part of the primary key."""
    # Without a foreign key: checking it row by row costs as much as the COPY of millions of rows. Who fills
    # these tables takes the numbers from `instruments` in the same transaction, and nothing deletes those.
    return Column("instrument_id", Integer, primary_key=True)


def doubles(*names: str) -> list[Column[object]]:
    """Return a column of double precision for each name; NULL where unknown."""
    return [Column(name, Double) for name in names]
