"""The stage map as a metric: its options reach the measure, which is proven in ``test_journey_map.py``."""

import numpy as np

from siyu.measurement.journey_map import JourneyMap
from siyu.measurement.metric import Options
from siyu.measurement.metrics.stage_map import CARD


def test_the_metric_is_the_map_of_the_owned_people_with_as_many_sources_as_asked() -> None:
    owned = np.array([3, 5], np.int64)
    measure = CARD.build(Options({"sources": "2"}, extra={"owned": owned}))
    assert isinstance(measure, JourneyMap)
    assert measure.most == 2
    assert measure.owned.tolist() == [3, 5]
    assert CARD.needs == ("owned",)
