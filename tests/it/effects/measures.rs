//! Measures by name: places in the report.

/// The report as a whole, of rows that say that it stays, or that there is none.
pub(super) const ALL: &str = "";

pub(super) const OFFERED: &str = "endpoints/web.get/offered_per_s";
pub(super) const GOODPUT: &str = "endpoints/web.get/goodput_per_s";
pub(super) const MEAN: &str = "endpoints/web.get/latency_ms/mean";
pub(super) const P50: &str = "endpoints/web.get/latency_ms/p50";
pub(super) const P90: &str = "endpoints/web.get/latency_ms/p90";
pub(super) const P95: &str = "endpoints/web.get/latency_ms/p95";
pub(super) const OK: &str = "endpoints/web.get/success_rate";
pub(super) const TIMEOUT: &str = "endpoints/web.get/outcomes/timeout";
pub(super) const REJECTED: &str = "endpoints/web.get/outcomes/rejected";
pub(super) const FAILED: &str = "endpoints/web.get/outcomes/failed";
pub(super) const ABANDONED: &str = "endpoints/web.get/outcomes/abandoned";
pub(super) const IN_FLIGHT: &str = "endpoints/web.get/outcomes/in_flight";
pub(super) const WORTH: &str = "endpoints/web.get/worth_per_s";

pub(super) const URGENT_MEAN: &str = "endpoints/web.urgent/latency_ms/mean";
pub(super) const OTHER_MEAN: &str = "endpoints/web.other/latency_ms/mean";
pub(super) const OTHER_REJECTED: &str = "endpoints/web.other/outcomes/rejected";

pub(super) const UTILIZATION: &str = "components/web/utilization";
pub(super) const OCCUPANCY: &str = "components/web/slot_occupancy";
pub(super) const IN_SYSTEM: &str = "components/web/in_system";
pub(super) const WAIT: &str = "components/web/wait_ms/mean";
pub(super) const WAIT_P50: &str = "components/web/wait_ms/p50";
pub(super) const REFUSED: &str = "components/web/rejected_share";
pub(super) const REPLICAS: &str = "components/web/replicas";
pub(super) const HITS: &str = "components/web/cache_hit_share";

pub(super) const DB_ARRIVALS: &str = "components/db/arrivals_per_s";
pub(super) const DB_UTILIZATION: &str = "components/db/utilization";
pub(super) const DB_HITS: &str = "components/db/cache_hit_share";
pub(super) const DB_WAIT: &str = "components/db/wait_ms/mean";

pub(super) const CALLS: &str = "edges/web.calls.db/calls_per_s";
pub(super) const RETRIES: &str = "edges/web.calls.db/retries_per_s";

pub(super) const VERDICT: &str = "verdict";
pub(super) const ASSUMPTION: &str = "assumptions/0/address";
pub(super) const WARNING: &str = "warnings/0";
