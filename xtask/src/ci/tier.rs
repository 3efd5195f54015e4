//! How much of the checks one run does.

/// The two tiers, in the order of the time that they take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// For each change: under an hour on two cores, from a cold build.
    Short,
    /// For a release: everything.
    Long,
}

impl Tier {
    /// How often the long-running tests repeat themselves, as they read it from their environment.
    pub(super) fn repetitions(self) -> [(&'static str, &'static str); 8] {
        let [rounds, keys, seeds, flood, others, idle, load, upgrade] = match self {
            Self::Short => [
                "10", "1000", "300", "50000", "200000", "1000", "15", "50000",
            ],
            Self::Long => [
                "100", "10000", "2000", "1000000", "10000000", "10000", "600", "1000000",
            ],
        };
        [
            ("COCORE_KILL_ROUNDS", rounds),
            ("COCORE_NODES_KEYS", keys),
            ("COCORE_MODEL_SEEDS", seeds),
            ("COCORE_FLOOD_KEYS", flood),
            ("COCORE_OTHER_KEYS", others),
            ("COCORE_IDLE_CONNECTIONS", idle),
            ("COCORE_LOAD_SECONDS", load),
            ("COCORE_UPGRADE_KEYS", upgrade),
        ]
    }
}
