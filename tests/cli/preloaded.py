"""What every command that asks the service needs first, made once before commands are forked."""

from api.app import _framework, described

described()
_framework()
