"""The promises of sync by line and by stick together, tried by sequences nobody thought of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.courier_agreement import AgreementBySticks

pytestmark = pytest.mark.promise(12)

SEED = 20261126


@pytest.mark.slow
def test_all_ends_agree_at_rest_however_lines_and_sticks_cross() -> None:
    brief = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    run_state_machine_as_test(seed(SEED)(AgreementBySticks), settings=brief)
