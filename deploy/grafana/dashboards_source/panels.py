"""The kinds of panel that the dashboards are made of, and the frame around them.

A panel says in its description what it shows and what is usual: whoever looks at it at night has not read the
code. Widths are of Grafana's 24 columns.
"""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    Row,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.dashboard import QueryVariable as Variable
from grafana_foundation_sdk.builders.logs import Panel as LogsPanel
from grafana_foundation_sdk.builders.loki import Dataquery as LogQuery
from grafana_foundation_sdk.builders.prometheus import Dataquery as MetricQuery
from grafana_foundation_sdk.builders.stat import Panel as StatPanel
from grafana_foundation_sdk.builders.table import Panel as TablePanel
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeriesPanel
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    LogsSortOrder,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import Dashboard as Document
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    Panel,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
LOKI = DataSourceRef(type_val="loki", uid="loki")

AnyPanel = Builder[Panel]


def dashboard(slug: str, title: str, *, since: str = "now-6h", refresh: str = "30s") -> Dashboard:
    """An empty dashboard with the links to all the others. `slug` gives its address: /d/surtitle-<slug>."""
    uid = "surtitle" if slug == "overview" else f"surtitle-{slug}"
    others = DashboardLink("Surtitle").type(DashboardLinkType.DASHBOARDS).tags(["surtitle"])
    return (
        Dashboard(f"Surtitle: {title}")
        .uid(uid)
        .tags(["surtitle"])
        .timezone("browser")
        .time(since, "now")
        .refresh(refresh)
        .link(others.as_dropdown(True).keep_time(True).icon("external link"))
    )


def filled(frame: Dashboard, rows: Mapping[str, Sequence[AnyPanel]]) -> Document:
    """`frame` with panels below headings, each with a number of its own."""
    for heading, panels in rows.items():
        frame.with_row(Row(heading))
        for panel in panels:
            frame.with_panel(panel)
    document = frame.build()
    for number, built in enumerate(document.panels or (), start=1):
        built.id_val = number
    return document


def chooser(name: str, label: str, metric: str) -> Variable:
    """A list above the dashboard that narrows `$name` to some values of `metric`'s label of that name."""
    return (
        Variable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query(f"label_values({metric}, {name})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def figure(
    title: str,
    query: str,
    about: str,
    *,
    unit: str = "short",
    amber: float | None = None,
    red: float | None = None,
    width: int = 4,
) -> StatPanel:
    """One number, coloured from `amber` or `red` upwards; downwards where red is the lower of the two."""
    return (
        StatPanel()
        .title(title)
        .description(about)
        .unit(unit)
        .min(0)
        .no_value("none")
        .datasource(PROMETHEUS)
        .thresholds(_thresholds(amber, red))
        .graph_mode(BigValueGraphMode.AREA)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_metric(query))
        .span(width)
        .height(4)
    )


def lines(
    title: str,
    queries: Mapping[str, str],
    about: str,
    *,
    unit: str = "short",
    width: int = 8,
    stacked: bool = False,
    most: float | None = None,
) -> TimeSeriesPanel:
    """Curves. `queries` by what the legend calls them; `{{label}}` there is a series' label."""
    panel = (
        TimeSeriesPanel()
        .title(title)
        .description(about)
        .unit(unit)
        .min(0)
        .datasource(PROMETHEUS)
        .fill_opacity(30 if stacked else 8)
        .line_width(1)
        .stacking(StackingConfig().mode(StackingMode.NORMAL if stacked else StackingMode.NONE))
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs([])
        )
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .span(width)
        .height(8)
    )
    if most is not None:
        panel.max(most)
    for number, (legend, query) in enumerate(queries.items()):
        panel.with_target(_metric(query, legend).ref_id(chr(ord("A") + number)))
    return panel


def listing(
    title: str, query: str, about: str, *, unit: str = "short", named: Mapping[str, str], width: int = 12
) -> TablePanel:
    """A table of the present values, largest first. `named`: the labels that become columns, with headings."""
    order = {name: place for place, name in enumerate([*named, "Value"])}
    columns = DataTransformerConfig(
        id_val="organize",
        options={
            "excludeByName": {"Time": True},
            "indexByName": order,
            "renameByName": {**named, "Value": title},
        },
    )
    return (
        TablePanel()
        .title(title)
        .description(about)
        .datasource(PROMETHEUS)
        .with_target(_metric(query).instant().format(PromQueryFormat.TABLE))
        .with_transformation(columns)
        .override_by_name(title, [DynamicConfigValue(id_val="unit", value=unit)])
        .span(width)
        .height(8)
    )


def log_lines(title: str, query: str, about: str, *, width: int = 24, height: int = 12) -> LogsPanel:
    """Lines of the log, newest first."""
    return (
        LogsPanel()
        .title(title)
        .description(about)
        .datasource(LOKI)
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(LogsSortOrder.DESCENDING)
        .with_target(LogQuery().expr(query).query_type("range").datasource(LOKI).ref_id("A"))
        .span(width)
        .height(height)
    )


def log_counts(title: str, query: str, legend: str, about: str, *, width: int = 12) -> TimeSeriesPanel:
    """How many lines of the log, over time."""
    target = LogQuery().expr(query).legend_format(legend).query_type("range").datasource(LOKI).ref_id("A")
    return (
        TimeSeriesPanel()
        .title(title)
        .description(about)
        .min(0)
        .datasource(LOKI)
        .fill_opacity(30)
        .with_target(target)
        .span(width)
        .height(8)
    )


def _metric(query: str, legend: str = "") -> MetricQuery:
    asked = MetricQuery().expr(query).datasource(PROMETHEUS).ref_id("A")
    return asked.legend_format(legend) if legend else asked


def _thresholds(amber: float | None, red: float | None) -> ThresholdsConfig:
    marks = [(value, colour) for value, colour in ((amber, "orange"), (red, "red")) if value is not None]
    falls = amber is not None and red is not None and red < amber
    if falls:
        marks = [(amber or 0, "green")]
    steps = [Threshold(color="red" if falls else "green", value=None)]
    if falls:
        steps.append(Threshold(color="orange", value=red))
    steps += [Threshold(color=colour, value=value) for value, colour in marks]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
