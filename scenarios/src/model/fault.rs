//! What goes wrong: the library of faults.

use schemars::JsonSchema;
use serde::Deserialize;

use super::law::Law;
use super::scalar::{Anything, Count, Number, Rate, Share, Time};
use crate::decode::{Named, Spanned};

/// When and how surely a fault happens: what all kinds have in common.
#[derive(Debug, Clone, Copy)]
pub struct Course<'a> {
    /// Address of what is hit.
    pub at: Option<&'a Spanned<String>>,
    /// When, after the end of the warm-up.
    pub start: Option<&'a Spanned<Time>>,
    /// For how long.
    pub duration: Option<&'a Spanned<Time>>,
    /// The chance that it happens at all.
    pub probability: Option<&'a Spanned<Share>>,
    /// Time over which it grows.
    pub ramp: Option<&'a Spanned<Time>>,
    /// Time from one occurrence to the next.
    pub every: Option<&'a Spanned<Time>>,
}

/// Defines the kinds of faults: each a struct of its own parameters and of the common ones.
macro_rules! faults {
    ($($(#[$doc:meta])* $kind:ident $name:literal {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {
        /// Something that goes wrong; its kind is the key.
        #[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        #[allow(clippy::large_enum_variant, reason = "a handful a scenario")]
        pub enum Fault {
            $($(#[$doc])* $kind($kind),)*
        }

        impl Fault {
            /// The kind, as written in files.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $name,)*
                }
            }

            /// When and how surely it happens.
            #[must_use]
            pub const fn course(&self) -> Course<'_> {
                match self {
                    $(Self::$kind(fault) => Course {
                        at: fault.at.as_ref(),
                        start: fault.start.as_ref(),
                        duration: fault.duration.as_ref(),
                        probability: fault.probability.as_ref(),
                        ramp: fault.ramp.as_ref(),
                        every: fault.every.as_ref(),
                    },)*
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// Address of what is hit: a component, `component[i]`, `component.endpoint`,
                /// `component.calls.callee`, a host, a zone or an environment, whichever the kind
                /// can hit.
                pub at: Option<Spanned<String>>,
                /// When, after the end of the warm-up; 0 s by default.
                pub start: Option<Spanned<Time>>,
                /// For how long; to the end by default.
                pub duration: Option<Spanned<Time>>,
                /// The chance that it happens at all, drawn once a run; 1 by default.
                pub probability: Option<Spanned<Share>>,
                /// Time over which it grows to its full magnitude, or is rolled out; none by
                /// default.
                pub ramp: Option<Spanned<Time>>,
                /// Time from one occurrence to the next; it happens once by default.
                pub every: Option<Spanned<Time>>,
                $($(#[$field_doc])* pub $field: $type,)*
            }
        )*
    };
}

faults! {
    /// Replicas die with all they hold, and come back empty when it ends.
    Crash "crash" {
        /// Law of the time until a replica fails; with `down`, each fails again and again.
        up: Option<Spanned<Law>>,
        /// Law of the time that a failed replica is away.
        down: Option<Spanned<Law>>,
    }
    /// Replicas accept and queue, but nothing moves; when it ends, work goes on where it stood.
    Pause "pause" {
        /// Law of the time until a replica stops; with `down`, each stops again and again.
        up: Option<Spanned<Law>>,
        /// Law of the time that a replica stands still.
        down: Option<Spanned<Law>>,
    }
    /// Work takes `factor` times as long; what is under way goes on faster when it ends.
    Slow "slow" {
        /// Multiple of the time that work takes.
        factor: Spanned<Number>,
    }
    /// Requests take longer on their way, those sent before it ends.
    Latency "latency" {
        /// What is added; may be a law.
        add: Spanned<Law>,
        /// Uniform ± around it, never below zero in sum; none by default.
        jitter: Option<Time>,
    }
    /// A share of what arrives fails on arrival.
    Errors "errors" {
        /// How much of it.
        share: Share,
    }
    /// A share of messages to and from the target is lost; nothing comes of an attempt but its
    /// timeout.
    Loss "loss" {
        /// How much of them.
        share: Share,
    }
    /// Nothing passes between the target and the rest, or `from` it: what is sent is lost.
    Partition "partition" {
        /// The other side; everything else, users too, by default.
        from: Option<Spanned<String>>,
    }
    /// Requests to the target vanish: no answer, no error.
    Blackhole "blackhole" {}
    /// Connections are reset: attempts under way at the target fail at once, later ones on arrival.
    Reset "reset" {
        /// Share of connections; all by default.
        share: Option<Share>,
    }
    /// Requests to the target, all of it together, pass one after the other.
    Bandwidth "bandwidth" {
        /// How many pass in a unit of time.
        rate: Spanned<Rate>,
    }
    /// Fewer cores.
    CpuThrottle "cpu_throttle" {
        /// Share of the cores that is left.
        share: Option<Spanned<Share>>,
        /// Cores that are left.
        cores: Option<Spanned<Number>>,
    }
    /// Pauses, each replica at its own times, then a kill; it is back, empty, when it ends.
    MemoryPressure "memory_pressure" {
        /// Law of the length of a pause.
        pause: Option<Spanned<Law>>,
        /// Law of the time between two pauses.
        between: Option<Spanned<Law>>,
        /// Time until the kill.
        kill_after: Option<Spanned<Time>>,
    }
    /// The disk is slow, fails or is full.
    Disk "disk" {
        /// Multiple of the time that work takes.
        factor: Option<Spanned<Number>>,
        /// Share of requests that fail.
        share: Option<Spanned<Share>>,
        /// Whether nothing can be written any more: all requests fail.
        full: Option<Spanned<bool>>,
    }
    /// Connections towards the target are used up; those in use stay so.
    PoolExhaustion "pool_exhaustion" {
        /// Share of connections that is gone; all by default.
        share: Option<Share>,
    }
    /// Caches are emptied, at one instant.
    CacheFlush "cache_flush" {}
    /// What arrives fails on arrival; what is in service goes on.
    DependencyOutage "dependency_outage" {}
    /// Names are not found: attempts fail before they are sent.
    DnsFailure "dns_failure" {
        /// Share of look-ups that fail; all by default.
        share: Option<Share>,
    }
    /// Certificates are no longer accepted: attempts fail before they are sent.
    CertificateExpiry "certificate_expiry" {}
    /// All replicas on a host crash.
    HostLoss "host_loss" {}
    /// All replicas of a zone, or of an environment's zones, crash.
    ZoneOutage "zone_outage" {}
    /// A change that makes things worse is rolled out in steps; when it ends, all is as before.
    BadDeploy "bad_deploy" {
        /// What it changes, by address.
        set: Named<Anything>,
        /// Number of steps, spread over `ramp`; 1 by default.
        steps: Option<Spanned<Count>>,
    }
    /// More load, or less; `at` names the load, all by default.
    LoadSurge "load_surge" {
        /// Multiple of the load.
        factor: Spanned<Number>,
    }
    /// One key, the one asked for most, is asked for even more.
    HotKey "hot_key" {
        /// Share of look-ups that are for it; all by default.
        share: Option<Share>,
    }
    /// Nobody reaches the system while it lasts; who was kept away comes when it ends. `at` names the
    /// load, all that come by themselves by default.
    ReconnectHerd "reconnect_herd" {
        /// Share of users who are kept away; all by default.
        share: Option<Share>,
        /// Time after its end within which they come, each at an instant of his own; at once by
        /// default.
        over: Option<Time>,
    }
    /// Users call the endpoint `at` more than usual, and all others less; as many come as ever.
    SkewedMix "skewed_mix" {
        /// Share of the calls of other endpoints that are for this one instead; all by default.
        share: Option<Share>,
    }
    /// Users take up their answers slowly, and hold a slot of a component that blocks meanwhile. `at`
    /// names the load, all by default.
    SlowClients "slow_clients" {
        /// Law of the time that an answer takes.
        takes: Spanned<Law>,
        /// Share of the answers; all by default.
        share: Option<Share>,
    }
    /// The target is isolated after a breach: attempts into it and out of it fail at once.
    Quarantine "quarantine" {}
    /// The twin changes; when it ends, all is as before.
    Change "change" {
        /// What it changes, by address.
        set: Named<Anything>,
    }
}

impl Fault {
    /// What it is called in reports: `slow at payment`, `change of gateway.replicas`.
    #[must_use]
    pub fn title(&self) -> String {
        let of = |set: &Named<Anything>| set.names().collect::<Vec<_>>().join(", ");
        match (self, self.course().at) {
            (_, Some(at)) => format!("{} at {}", self.name(), at.value),
            (Self::BadDeploy(BadDeploy { set, .. }) | Self::Change(Change { set, .. }), None) => {
                format!("{} of {}", self.name(), of(set))
            }
            (_, None) => self.name().to_owned(),
        }
    }

    /// What ends it where it really happens, in a few words.
    #[must_use]
    pub const fn undone(&self) -> &'static str {
        match self {
            Self::Crash(_) => "start the replicas again; they come back empty",
            Self::Pause(_) => "let them go on, or restart what hangs",
            Self::Slow(_) => "remove what slows them, or move the work elsewhere",
            Self::Latency(_) => "restore the route, or take the one without delay",
            Self::Errors(_) => "roll back what fails, or take it out of rotation",
            Self::Loss(_) | Self::Bandwidth(_) => "repair the link, or route around it",
            Self::Partition(_) | Self::Blackhole(_) => "restore the route or the firewall's rule",
            Self::Reset(_) => "restore the middlebox or proxy that resets",
            Self::CpuThrottle(_) => "raise the limit of cores, or move the noisy neighbour",
            Self::MemoryPressure(_) => "raise the limit of memory, or roll back the leak",
            Self::Disk(_) => "free or replace the disk",
            Self::PoolExhaustion(_) => "close what holds connections, or raise the pool",
            Self::CacheFlush(_) => "the cache fills again by itself; warm it before taking load",
            Self::DependencyOutage(_) => "the dependency comes back, or its calls are switched off",
            Self::DnsFailure(_) => "restore the name server or the record",
            Self::CertificateExpiry(_) => "renew the certificate",
            Self::HostLoss(_) => "replace the host; its replicas start empty elsewhere",
            Self::ZoneOutage(_) => "the zone comes back, or its replicas start in another",
            Self::BadDeploy(_) => "roll the change back",
            Self::LoadSurge(_) => "shed load at the door until it has passed",
            Self::HotKey(_) => "split or pin the key",
            Self::ReconnectHerd(_) => {
                "let users back in bit by bit: a queue at the door, jitter in clients"
            }
            Self::SkewedMix(_) => "limit the rate of the endpoint, or answer it from a cache",
            Self::SlowClients(_) => {
                "take answers off the servers with a buffering proxy, or limit their time"
            }
            Self::Quarantine(_) => "let it back after the all-clear",
            Self::Change(_) => "set the values back",
        }
    }
}
