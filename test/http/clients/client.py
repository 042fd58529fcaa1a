"""Uses the client that openapi-python-client generates, as package `evenstar_client`."""

import datetime
import sys

from evenstar_client import Client
from evenstar_client.api.analytics import analytics_daily_counts
from evenstar_client.api.lists import lists_add_todo, lists_create_list, lists_delete_todo, lists_edit_todo, lists_get_list
from evenstar_client.models import ListsAddTodoBody, ListsEditTodoBody, Problem

client = Client(base_url=sys.argv[1], raise_on_unexpected_status=True)
made = lists_create_list.sync(client=client)
todo = lists_add_todo.sync(
    made.list_id,
    client=client,
    body=ListsAddTodoBody(text="milk"),
    if_match=f'"{made.version}"',
    idempotency_key="a-key-of-a-client",
)
edited = lists_edit_todo.sync(made.list_id, todo.todo_id, client=client, body=ListsEditTodoBody(completed=True))
read = lists_get_list.sync(made.list_id, client=client)
assert [(it.todo_id, it.text, it.completed) for it in read.todos] == [(todo.todo_id, "milk", True)], read
assert read.version == edited.version, read
lists_delete_todo.sync(made.list_id, todo.todo_id, client=client)
assert lists_get_list.sync(made.list_id, client=client).todos == []

refused = lists_add_todo.sync(made.list_id, client=client, body=ListsAddTodoBody(text=" "))
assert isinstance(refused, Problem) and refused.code == "VALIDATION_FAILED", refused
days = {"from_": datetime.date(2026, 1, 1), "to": datetime.date(2026, 1, 2)}
counts = analytics_daily_counts.sync(client=client, list_id=made.list_id, **days)
assert (counts.query, counts.rows) == ("daily_counts", []), counts
