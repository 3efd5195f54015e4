"""Checks of clients that leave before their answer is complete: the upstream stops working for them."""

import threading
import time

import anthropic
import openai

from gateway import ENDLESS, MESSAGES, MODEL, anthropic_client, expect, openai_client, wait_for_slots

# How long the upstream may work on after the client has left, in seconds. The gateway's own part is at most 0.2.
BOUND = 2
# llama-server looks whether the client of an answer without a stream has left when nothing has happened for 1 s, and a
# question about its slots is something that happens. Hence such questions have to be rarer than that.
RARE = 1.3


def report(name, start, bound=""):
    milliseconds = round((time.monotonic() - start) * 1000)
    print(f"    {name}: the upstream was idle {bound}{milliseconds} ms after the client had left", flush=True)


def leave_stream(name, stream):
    """Reads the beginning of a stream, closes it, and waits until the upstream is idle."""
    for _ in range(3):
        next(iter(stream))
    wait_for_slots(1, BOUND)
    start = time.monotonic()
    stream.close()
    wait_for_slots(0, BOUND)
    report(name, start)


def streaming():
    wait_for_slots(0, BOUND, RARE)
    options = {"model": MODEL, "stream": True}
    stream = openai_client().chat.completions.create(messages=MESSAGES, max_tokens=ENDLESS, **options)
    leave_stream("chat", stream)
    leave_stream("response", openai_client().responses.create(input="A key", max_output_tokens=ENDLESS, **options))
    stream = anthropic_client().messages.create(messages=MESSAGES, max_tokens=ENDLESS, **options)
    leave_stream("message", stream)


def leave_before_head(name, call, error):
    """Makes a call that times out before its answer begins, and waits until the upstream is idle."""
    found = []

    def run():
        try:
            found.append(call())
        except Exception as exception:
            found.append(exception)

    caller = threading.Thread(target=run)
    caller.start()
    wait_for_slots(1, BOUND)
    caller.join()
    start = time.monotonic()
    expect(isinstance(found[0], error), found)
    # The first question comes when the upstream has had the time to look.
    time.sleep(RARE)
    wait_for_slots(0, BOUND, RARE)
    report(name, start, "at most ")


def before_the_head():
    wait_for_slots(0, BOUND, RARE)
    options = {"model": MODEL, "messages": MESSAGES, "max_tokens": ENDLESS}
    create = openai_client(timeout=2, max_retries=0).chat.completions.create
    leave_before_head("chat", lambda: create(**options), openai.APITimeoutError)
    post = anthropic_client(timeout=2, max_retries=0).messages.create
    leave_before_head("message", lambda: post(**options), anthropic.APITimeoutError)


ALL = [streaming, before_the_head]
