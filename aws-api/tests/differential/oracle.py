"""botocore, asked for one call: what it would send, and what it makes of an answer. No network.

In:    a service, an operation, an input, an answer.
Out:   the prepared request, and the output, error or refusal.
Never: a socket: the answer is given before anything is sent.
"""
import io
import os

import botocore.awsrequest
import botocore.config
import botocore.exceptions
import botocore.session

import answers

REGION = "eu-west-1"


class Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, _amount=None, decode_content=None):
        yield self.read()


class Oracle:
    """A botocore client of one service."""

    prepared = False

    def __init__(self, service):
        if not Oracle.prepared:
            for name in [n for n in os.environ if n.startswith("AWS_")]:
                del os.environ[name]
            os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
            os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
            Oracle.prepared = True
        config = botocore.config.Config(retries={"total_max_attempts": 1, "mode": "standard"})
        # A session of its own: the models of the last service go with it.
        self.client = botocore.session.Session().create_client(
            service, region_name=REGION, config=config, aws_access_key_id="AKID", aws_secret_access_key="SECRET"
        )
        self.client.meta.events.register_first("before-send", self.send)
        self.api, self.answer, self.sent = None, None, []

    @property
    def model(self):
        return self.client.meta.service_model

    def send(self, request, **_):
        self.sent.append(request)
        answer = self.answer
        if self.api != "DescribeEndpoints" and request.headers.get("X-Amz-Target", b"").endswith(b".DescribeEndpoints"):
            answer = answers.Answer(200, [], answers.ENDPOINTS)
        headers = botocore.awsrequest.HeadersDict()
        for name, value in answer.headers:
            headers[name] = value
        return botocore.awsrequest.AWSResponse(request.url, answer.status, headers, Raw(answer.body))

    def call(self, api, parameters, answer):
        """(request or None, ("output" | "error" | "refused", what))"""
        self.api, self.answer, self.sent = api, answer, []
        try:
            output = self.client._make_api_call(api, parameters)
            outcome = ("output", {k: v for k, v in output.items() if k != "ResponseMetadata"})
        except botocore.exceptions.ClientError as error:
            outcome = ("error", error.response)
        except botocore.exceptions.BotoCoreError as error:
            outcome = ("refused", f"{type(error).__name__}: {error}")
        except Exception as error:  # botocore lets some of Python's own errors through
            outcome = ("failed", f"{type(error).__name__}: {error}")
        return (self.sent[-1] if self.sent else None), outcome

    @staticmethod
    def names():
        """Every service botocore has a model of."""
        return botocore.session.Session().get_available_services()
