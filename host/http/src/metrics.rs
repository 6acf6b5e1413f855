//! What is counted, as Prometheus reads it.

use std::collections::HashMap;
use std::fmt;
use std::future::Ready;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use galleria_runtime::{DURATION_BOUNDS_US, PluginStatsView, Plugins};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use parking_lot::RwLock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::problem::Problem;
use crate::state::HttpState;

/// Upper bounds of the histogram of durations, in seconds.
const DURATION_BOUNDS_S: [f64; 11] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// The counters of the port.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    panics: Counter,
    found: RwLock<HashMap<(&'static str, StatusCode), ByRoute>>,
}

type ByRoute = HashMap<String, Found>;

/// The metrics of a method, a status and a route, found once: their families would have to be
/// asked with labels of one's own, twice for each request.
#[derive(Clone, Debug)]
struct Found {
    requests: Counter,
    durations: Histogram,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Route {
    method: &'static str,
    route: String,
}

impl Metrics {
    pub(crate) fn new(plugins: Plugins) -> Self {
        let mut registry = Registry::with_prefix("galleria");
        let requests = Family::default();
        let histogram: fn() -> Histogram = || Histogram::new(DURATION_BOUNDS_S);
        let durations = Family::new_with_constructor(histogram);
        let panics = Counter::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let help = "How long answering took";
        registry.register_with_unit("http_duration", help, Unit::Seconds, durations.clone());
        registry.register("http_panics", "Handlers that panicked", panics.clone());
        registry.register_collector(Box::new(OfPlugins(plugins)));
        Self { registry, requests, durations, panics, found: RwLock::default() }
    }

    /// Counts an answer. `route` is the pattern, so that there are only so many of them.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        let key = (known(method), status);
        let known = self.found.read().get(&key).and_then(|routes| routes.get(route)).cloned();
        let found = known.unwrap_or_else(|| self.find(key, route));
        found.requests.inc();
        found.durations.observe(took.as_secs_f64());
    }

    fn find(&self, (method, status): (&'static str, StatusCode), route: &str) -> Found {
        let request = Request { method, route: route.to_owned(), status: status.as_u16() };
        let requests = self.requests.get_or_create_owned(&request);
        let labels = Route { method, route: request.route };
        let found = Found { requests, durations: self.durations.get_or_create_owned(&labels) };
        let mut all = self.found.write();
        all.entry((method, status)).or_default().insert(labels.route, found.clone());
        found
    }

    pub(crate) fn panicked(&self) {
        self.panics.inc();
    }

    /// Everything in the text format of `OpenMetrics` 1.0.
    pub fn render(&self) -> Result<String, fmt::Error> {
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry)?;
        Ok(rendered)
    }
}

/// The names of methods that exist, so that clients can't invent labels.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// `GET /metrics`.
pub(crate) fn show(State(state): State<HttpState>) -> Ready<Response> {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    std::future::ready(match state.metrics.render() {
        Ok(rendered) => ([(CONTENT_TYPE, kind)], rendered).into_response(),
        Err(fmt::Error) => Problem::internal().into_response(),
    })
}

/// The counters that the runtime keeps for each plugin.
#[derive(Debug)]
struct OfPlugins(Plugins);

impl Collector for OfPlugins {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.0.stats();
        let mut counter = |name, help, value: fn(&PluginStatsView) -> u64| {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            all.iter().try_for_each(|(plugin, stats)| {
                let labels = [("plugin", plugin.as_str())];
                let metric = family.encode_family(&labels)?;
                ConstCounter::new(value(stats)).encode(metric)
            })
        };
        counter("plugin_calls", "Calls that reached the plugin", |stats| stats.calls)?;
        counter("plugin_cpu_ms", "Milliseconds of guest code", |stats| stats.cpu_ms)?;
        counter("plugin_reruns", "Units of work run again", |stats| stats.reruns)?;
        let help = "Bytes of log lines over the allowance";
        counter("plugin_log_bytes_dropped", help, |stats| stats.log_bytes_dropped)?;
        failures(&all, &mut encoder)?;
        durations(&all, &mut encoder)
    }
}

fn failures(all: &[(String, PluginStatsView)], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "Calls that failed";
    let mut family =
        encoder.encode_descriptor("plugin_failures", help, None, MetricType::Counter)?;
    for (plugin, stats) in all {
        for (kind, count) in &stats.failures {
            let labels = [("plugin", plugin.as_str()), ("kind", *kind)];
            ConstCounter::new(*count).encode(family.encode_family(&labels)?)?;
        }
    }
    Ok(())
}

fn durations(
    all: &[(String, PluginStatsView)],
    encoder: &mut DescriptorEncoder<'_>,
) -> fmt::Result {
    let (name, help) = ("plugin_duration", "How long calls of the plugin took");
    let mut family =
        encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    for (plugin, stats) in all {
        let labels = [("plugin", plugin.as_str())];
        histogram(stats, family.encode_family(&labels)?)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "2^53 µs are 285 years")]
fn histogram(stats: &PluginStatsView, mut metric: MetricEncoder<'_>) -> fmt::Result {
    let seconds = |micros: u64| micros as f64 / 1e6;
    // The encoder adds the buckets up; the runtime has done so already.
    let mut below = 0;
    let bounds = DURATION_BOUNDS_US.iter().map(|bound| seconds(*bound)).chain([f64::MAX]);
    let counts = stats.duration_buckets.iter().copied().chain([stats.calls]);
    let buckets = bounds.zip(counts).map(|(bound, count)| {
        let here = count.saturating_sub(below);
        below = below.max(count);
        (bound, here)
    });
    let buckets: Vec<_> = buckets.collect();
    metric.encode_histogram::<NoLabelSet>(seconds(stats.duration_us), stats.calls, &buckets, None)
}
