"""What clients may send about whom people can ask for help."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct, field

from policies.wording import Role


class ContactIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to ask: a name, and how to reach them."""

    name: Annotated[str, Meta(max_length=200)]
    how: Annotated[str, Meta(max_length=200, description="A telephone number, an address, or when they are there.")]


class ContactsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The contacts of the book from a day on, stated whole: a role that is left out is the default's again."""

    start: date = field(name="from")
    contacts: dict[Role, ContactIn]
