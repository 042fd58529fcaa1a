"""OpenAPI has no way to say that a parameter depends on another: a first day after the last one is 400."""

import schemathesis


@schemathesis.hook
def filter_query(context, query):
    first, last = (query or {}).get("from"), (query or {}).get("to")
    return not (isinstance(first, str) and isinstance(last, str) and first > last)
