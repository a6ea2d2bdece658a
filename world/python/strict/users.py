"""IAM users of long ago: what is made for a user with the tag `world:made` has that date.

Comes in: moto's users and access keys. Goes out: the same, older. Never: a date for a user without the tag.
"""

from datetime import datetime

from moto.iam.models import IAMBackend

MADE = "world:made"


def patch() -> None:
    create_user, create_access_key = IAMBackend.create_user, IAMBackend.create_access_key

    def date(backend, user, made) -> None:
        told = backend.tagger.get_tag_dict_for_resource(user.arn).get(MADE)
        if told:
            made.create_date = datetime.fromisoformat(told)

    def dated_user(self, *args, **kwargs):
        user = create_user(self, *args, **kwargs)
        date(self, user, user)
        return user

    def dated_access_key(self, user_name, *args, **kwargs):
        key = create_access_key(self, user_name, *args, **kwargs)
        date(self, self.get_user(user_name), key)
        return key

    IAMBackend.create_user = dated_user
    IAMBackend.create_access_key = dated_access_key
