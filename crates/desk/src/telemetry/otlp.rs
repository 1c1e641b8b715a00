//! Figures of calls as OTLP has them: one histogram, from which a receiver reads throughput, duration and the share of errors.

use std::collections::BTreeMap;

use domain::Timestamp;
use serde_json::{Value, json};

use super::{CLASSES_MS, Kind, Sums};

/// Sums since the start, which a receiver tells from sums since the last sending by this number.
const CUMULATIVE: u8 = 2;

/// The body of a request to `/v1/metrics`. Numbers of 64 bits are text in this form.
pub(super) fn metrics(kinds: &BTreeMap<Kind, Sums>, started: Timestamp, now: Timestamp) -> Value {
    let points: Vec<Value> = kinds.iter().map(|(kind, sums)| point(kind, sums, started, now)).collect();
    json!({
        "resourceMetrics": [{
            "resource": { "attributes": [
                text("service.name", "paydesk"),
                text("service.version", env!("CARGO_PKG_VERSION")),
            ] },
            "scopeMetrics": [{
                "scope": { "name": "paydesk.vendor_calls" },
                "metrics": [{
                    "name": "paydesk.vendor.call.duration",
                    "description": "How long tries of calls to vendors took",
                    "unit": "ms",
                    "histogram": { "aggregationTemporality": CUMULATIVE, "dataPoints": points },
                }],
            }],
        }],
    })
}

fn point(kind: &Kind, sums: &Sums, started: Timestamp, now: Timestamp) -> Value {
    let mut attributes = vec![
        text("paydesk.vendor", kind.vendor),
        text("paydesk.environment", kind.environment),
        text("http.request.method", &kind.method),
        text("url.template", kind.path),
    ];
    if let Some(status) = kind.status {
        attributes
            .push(json!({ "key": "http.response.status_code", "value": { "intValue": status.to_string() } }));
    }
    let refused = kind.status.filter(|status| *status >= 400).map(|status| status.to_string());
    if let Some(error) = kind.error.map(str::to_owned).or(refused) {
        attributes.push(text("error.type", &error));
    }
    json!({
        "attributes": attributes,
        "startTimeUnixNano": nanoseconds(started),
        "timeUnixNano": nanoseconds(now),
        "count": sums.count.to_string(),
        "sum": sums.sum_ms,
        "min": sums.least_ms,
        "max": sums.most_ms,
        "bucketCounts": sums.by_class.iter().map(u64::to_string).collect::<Vec<_>>(),
        "explicitBounds": CLASSES_MS,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_ms().saturating_mul(1_000_000).to_string()
}
