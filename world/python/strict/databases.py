"""RDS databases: each has an id of its own, as on AWS. In moto all have the same.

Comes in: moto's databases. Goes out: the same, with ids. Never: an id twice for two names.
"""

import base64
import hashlib

from moto.rds.models import DBInstance


def patch() -> None:
    begin = DBInstance.__init__

    def named(self, *args, **kwargs) -> None:
        begin(self, *args, **kwargs)
        digest = hashlib.sha256(self.db_instance_identifier.encode()).digest()
        self.dbi_resource_id = "db-" + base64.b32encode(digest).decode()[:26]

    DBInstance.__init__ = named
