"""Content about consent: who may say yes, how long a record is kept, where the name in the papers is needed."""

from typing import Annotated, Literal, get_args

from msgspec import Meta

from vwazen.content.model import Entry, Segment

Speaker = Literal["self", "guardian", "proxy", "court"]
Ground = Literal["asked", "kept", "mistaken"]
Print = Literal["consent", "seen-by", "referral-letter", "register-sheet", "register-export", "safety-plan", "plan"]
Years = Annotated[int, Meta(ge=0, le=150)]


class ConsentRules(Entry, frozen=True, kw_only=True, eq=False):
    """`consent/default.yaml`; see there what each line means. Ages and `keep_years` are in years."""

    basis: str
    own_yes_from_age: dict[Segment, Years]
    speakers: dict[Speaker, str]
    for_a_child: tuple[Speaker, ...]
    keep_years: Years
    keep_child_until_age: Years
    grounds: dict[Ground, str]
    before_time: tuple[Ground, ...]
    registered_name_on: tuple[Print, ...]
    emergency_minutes: Annotated[int, Meta(gt=0, le=1440)]
    emergency_segments: tuple[Segment, ...]
    emergency_review_days: Annotated[int, Meta(gt=0)]

    def __post_init__(self) -> None:
        if lost := set(get_args(Segment)) - set(self.own_yes_from_age):
            raise ValueError(f"own_yes_from_age says nothing of {sorted(lost)[0]}. Give every part its age")
