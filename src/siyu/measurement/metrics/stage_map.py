"""Stage map (旅程图): from sources through contact, talk and purchase to repeat and referral, as flows to draw.

Definition, units and source: ``measurement/journey_map.py``, which this lists as a metric.
"""

from siyu.measurement.journey_map import JourneyMap
from siyu.measurement.metric import Card, Option, Options


def build(options: Options) -> JourneyMap:
    """Build it from options."""
    return JourneyMap(options.extra["owned"], options.zone, options.whole("sources", 7, least=1))


CARD = Card(
    name="stage-map",
    chinese="旅程图",
    says="From sources through contact, talk and purchase to repeat and referral: flows of people to draw.",
    options=(Option("sources", "how many sources to show apart", "7"),),
    build=build,
    needs=("owned",),
)
