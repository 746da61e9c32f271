"""What was heard and what we said, as mentions in the ledger."""

from datetime import datetime
from itertools import count
from typing import Any

from listening.practice.exchanges import Author
from listening.sentiment import score_sentiment
from socialhub.demo.founding import Company
from socialhub.demo.ledger import Ledger
from triage.services.arriving.heard import Heard


class Ear:
    """Turns things said into rows; the same account on the same channel is one profile."""

    def __init__(self, company: Company, ledger: Ledger) -> None:
        self._company = company
        self._ledger = ledger
        self._numbers = count(1)

    def hear(
        self, channel_key: str, author: Author, text: str, language: str, *, in_reply_to: str, at: datetime
    ) -> Heard:
        """Keep what somebody said and return it as intake would see it."""
        channel = self._company.channels[channel_key]
        heard = Heard(
            mention_id=self._ledger.mention_ids.next(),
            channel_id=channel.pk,
            profile_id=self._profile(channel.pk, author),
            external_id=f"practice-history-{next(self._numbers)}",
            in_reply_to=in_reply_to,
            is_ours=False,
            text=text,
            language=language,
            sentiment=score_sentiment(text, language),
            published_at=at,
            profile_external_id=author.handle,
            profile_name=author.name,
            profile_handle=author.handle,
            profile_reach=author.reach,
            channel_kind=channel.kind,
        )
        self._keep(heard)
        return heard

    def keep_ours(self, channel_key: str, text: str, external_id: str, *, in_reply_to: str, at: datetime) -> int:
        """Keep an answer of ours and return its mention."""
        profile = self._company.our_profiles[channel_key]
        pk = self._ledger.mention_ids.next()
        row: tuple[Any, ...] = (
            pk,
            profile.channel_id,
            external_id,
            profile.pk,
            True,
            text,
            "",
            None,
            "",
            in_reply_to,
            at,
            at,
            {},
        )
        self._ledger.mentions.append(row)
        return pk

    def _keep(self, heard: Heard) -> None:
        self._ledger.mentions.append(
            (
                heard.mention_id,
                heard.channel_id,
                heard.external_id,
                heard.profile_id,
                False,
                heard.text,
                heard.language,
                heard.sentiment,
                "",
                heard.in_reply_to,
                heard.published_at,
                heard.published_at,
                {},
            )
        )

    def _profile(self, channel_id: int, author: Author) -> int:
        known = self._ledger.profiles.get((channel_id, author.handle))
        if known is None:
            known = [self._ledger.profile_ids.next(), channel_id, author.handle, author.name, author.handle, ""]
            known += [author.reach, False]
            self._ledger.profiles[channel_id, author.handle] = known
        pk: int = known[0]
        return pk
