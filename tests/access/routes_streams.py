"""Who may use the streams."""

from tests.access.table import Use, use

# fmt: off
# Columns: anonymous, administrator, policy editor, manager, triage owner,
#          responder of the department, responder of another, listener of the department, nobody.
VIEWING  = "302 200 403 200 200 200 200 200 403"
MANAGING = "302 200 403 403 200 403 403 403 403"
MANAGED  = "302 302 403 403 302 403 403 403 403"
READING  = "401 200 403 200 200 200 200 200 403"

STREAM = {
    "name": "Name", "purpose": "name", "any_terms": "tavolund", "owner": "{manager}", "reason": "To answer.",
    "review_on": "{next_month}",
}
WRITTEN = {**STREAM, "any_terms": ["tavolund"]}

ROUTES: dict[str, dict[str, Use]] = {
    "streams/": {"GET": use("streams/", VIEWING)},
    "streams/<int:stream_id>/": {"GET": use("streams/{stream}/", VIEWING)},
    "streams/add/": {"GET": use("streams/add/", MANAGING), "POST": use("streams/add/", MANAGED, **STREAM)},
    "streams/preview/": {"POST": use("streams/preview/", MANAGING, **STREAM)},
    "streams/begin/": {
        "GET":  use("streams/begin/", "302 200 403 403 403 403 403 403 403"),
        "POST": use("streams/begin/", "302 302 403 403 403 403 403 403 403",
                    names="Tavolund", take_stream="on", stream_name="Ours", reason="Why", review_on="{next_month}"),
    },
    "streams/<int:stream_id>/change/": {
        "GET":  use("streams/{stream}/change/", MANAGING),
        "POST": use("streams/{stream}/change/", MANAGED, **STREAM),
    },
    "streams/<int:stream_id>/pause/": {"POST": use("streams/{stream}/pause/", MANAGED)},
    "streams/<int:stream_id>/resume/": {"POST": use("streams/{stream}/resume/", MANAGED)},
    "streams/<int:stream_id>/needed/": {"POST": use("streams/{stream}/needed/", MANAGED)},
    "streams/<int:stream_id>/delete/": {
        "GET":  use("streams/{stream}/delete/", MANAGING),
        "POST": use("streams/{stream}/delete/", MANAGED),
    },
    "streams/authors/": {"GET": use("streams/authors/", MANAGING)},
    "streams/authors/add/": {
        "GET":  use("streams/authors/add/", MANAGING),
        "POST": use("streams/authors/add/", MANAGED, name="Press", kind="press"),
    },
    "streams/authors/<int:list_id>/": {"GET": use("streams/authors/{author_list}/", MANAGING)},
    "streams/authors/<int:list_id>/change/": {
        "GET":  use("streams/authors/{author_list}/change/", MANAGING),
        "POST": use("streams/authors/{author_list}/change/", MANAGED, name="Press", kind="press"),
    },
    "streams/authors/<int:list_id>/put/": {
        "POST": use("streams/authors/{author_list}/put/", MANAGED, entries="jo\nann@example.com"),
    },
    "streams/authors/<int:list_id>/take/": {
        "POST": use("streams/authors/{author_list}/take/", MANAGED, value="jo"),
    },
    "streams/authors/<int:list_id>/delete/": {
        "GET":  use("streams/authors/{author_list}/delete/", MANAGING),
        "POST": use("streams/authors/{author_list}/delete/", MANAGED),
    },
    "api/author-lists/": {
        "GET":  use("api/author-lists/", "401 200 403 403 200 403 403 403 403"),
        "POST": use("api/author-lists/", "401 201 403 403 201 403 403 403 403", name="Press", kind="press"),
    },
    "api/author-lists/<int:pk>/": {
        "GET":    use("api/author-lists/{author_list}/", "401 200 403 403 200 403 403 403 403"),
        "DELETE": use("api/author-lists/{author_list}/", "401 204 403 403 204 403 403 403 403"),
    },
    "api/author-lists/<int:list_id>/entries/": {
        "POST": use("api/author-lists/{author_list}/entries/", "401 200 403 403 200 403 403 403 403",
                    add=["jo"], remove=["ann"]),
    },
    "api/streams/": {
        "GET":  use("api/streams/", READING),
        "POST": use("api/streams/", "401 201 403 403 201 403 403 403 403", **WRITTEN),
    },
    "api/streams/<int:pk>/": {
        "GET":    use("api/streams/{stream}/", READING),
        "PUT":    use("api/streams/{stream}/", "401 200 403 403 200 403 403 403 403", **WRITTEN),
        "DELETE": use("api/streams/{stream}/", "401 204 403 403 204 403 403 403 403"),
    },
}
