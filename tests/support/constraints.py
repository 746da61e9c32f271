"""Break a constraint by a second copy of a row."""


def repeat(row: object, model: type, *, keep_pk: bool = False) -> None:
    """Store a copy of a row."""
    copy = model.objects.get(pk=row.pk)  # type: ignore[attr-defined]
    if not keep_pk:
        copy.pk = None
    copy._state.adding = True
    copy.save(force_insert=True)
