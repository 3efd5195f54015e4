"""The gateway under test, and clients of it.

Environment variables say where it is. COCORE_URL is its origin, COCORE_KEY a key that may use it, COCORE_SCOPED_KEY a
key whose scopes do not allow inference. COCORE_UPSTREAM_URL is the origin of the llama-server behind the model `tiny`,
and COCORE_UPSTREAM_KEY that server's own key.
"""

import json
import os
import time
import urllib.request

import anthropic
import openai

URL = os.environ["COCORE_URL"]
KEY = os.environ["COCORE_KEY"]
SCOPED_KEY = os.environ["COCORE_SCOPED_KEY"]
UPSTREAM_URL = os.environ["COCORE_UPSTREAM_URL"]
UPSTREAM_KEY = os.environ["COCORE_UPSTREAM_KEY"]

# The clients read further settings from variables of their own, which are no part of this.
for variable in list(os.environ):
    if variable.startswith(("OPENAI_", "ANTHROPIC_")):
        del os.environ[variable]

MODEL = "tiny"
# Another name of the same model.
ALIAS = "gpt-tiny"
EMBEDDING_MODEL = "tiny-embeddings"
# A model whose only upstream refuses connections.
UNREACHABLE_MODEL = "unreachable"
# A model whose only upstream accepts connections and never answers.
SILENT_MODEL = "silent"

# A user's message, as both packages take it.
MESSAGES = [{"role": "user", "content": "What is a key?"}]

# More tokens than the model generates in a day.
ENDLESS = 10**9


def expect(condition, found):
    """Fails unless a condition holds, and shows what was found instead."""
    if not condition:
        raise AssertionError(f"unexpected: {found!r}")


def expect_error(kind, call, code=None):
    """Expects a call to fail with an exception of a class, and returns the exception. The envelope is its package's."""
    try:
        answer = call()
    except (openai.APIError, anthropic.APIError) as error:
        expect(type(error) is kind and error.response.headers.get("x-request-id"), error)
        body = error.response.json()
        details = body["error"]
        expect(isinstance(details["type"], str) and isinstance(details["message"], str), body)
        if isinstance(error, anthropic.APIError):
            expect(body["type"] == "error", body)
        if code is not None:
            expect(details["code"] == code, body)
        return error
    raise AssertionError(f"expected {kind.__name__}, found {answer!r}")


class Traffic:
    """The requests that a client sends, and when. Each answer must have the header `x-request-id`."""

    def __init__(self):
        self.requests = []
        self.responses = []
        self.times = []

    def hooks(self):
        return {"request": [self.on_request], "response": [self.on_response]}

    def on_request(self, request):
        self.requests.append(request)
        self.times.append(time.monotonic())

    def on_response(self, response):
        self.responses.append(response)
        expect(response.headers.get("x-request-id"), response.headers)


def openai_client(key=KEY, prefix="", traffic=None, **options):
    """Returns a client of OpenAI's package. `prefix` comes before `/v1` in its paths."""
    http = openai.DefaultHttpxClient(event_hooks=(traffic or Traffic()).hooks())
    return openai.OpenAI(api_key=key, base_url=f"{URL}{prefix}/v1", http_client=http, **options)


def anthropic_client(key=KEY, prefix="", traffic=None, **options):
    """Returns a client of Anthropic's package, which sends the key as OpenAI's does."""
    http = anthropic.DefaultHttpxClient(event_hooks=(traffic or Traffic()).hooks())
    return anthropic.Anthropic(**{"api_key": key, "base_url": f"{URL}{prefix}", "http_client": http, **options})


def with_x_api_key(key):
    """Returns the options of a client of Anthropic's package that sends the key as its releases before 2 did."""
    return {"default_headers": {"X-Api-Key": key, "Authorization": anthropic.omit}}


def busy_slots():
    """Asks the upstream how many requests it is working on."""
    request = urllib.request.Request(f"{UPSTREAM_URL}/slots", headers={"Authorization": f"Bearer {UPSTREAM_KEY}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return sum(slot["is_processing"] for slot in json.load(response))


def wait_for_slots(count, bound, interval=0.005):
    """Waits until the upstream works on so many requests, and returns the seconds that it took."""
    start = time.monotonic()
    while True:
        busy = busy_slots()
        elapsed = time.monotonic() - start
        if busy == count:
            return elapsed
        if elapsed > bound:
            raise AssertionError(f"the upstream works on {busy} requests after {elapsed:.1f} s, expected {count}")
        time.sleep(interval)
