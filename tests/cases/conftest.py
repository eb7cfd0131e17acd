"""The scene of the gate's tests, and the book over HTTP of those of `api`: a case takes what says it in fewer words."""

from tests.api.conftest import app as app
from tests.api.conftest import client as client
from tests.api.conftest import issuer as issuer
from tests.api.conftest import keys_dir as keys_dir
from tests.api.conftest import lives as lives
from tests.api.conftest import made_keys as made_keys
from tests.api.conftest import make_app as make_app
from tests.api.conftest import settings as settings
from tests.api.test_people_and_plans import office as office
from tests.api.test_recovery import owed as owed
from tests.policies.conftest import bundle as bundle
from tests.policies.conftest import engine as engine
from tests.policies.conftest import scene as scene
