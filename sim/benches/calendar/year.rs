//! A calendar queue: a year of days, each a short sorted list, that goes round.
//!
//! Source: R. Brown, "Calendar queues: a fast O(1) priority queue implementation for the simulation
//! event set problem", Communications of the ACM 31(10), 1988.

use crate::{Events, time_of};

/// Events looked at to choose the length of a day.
const SAMPLE: usize = 25;

pub(crate) struct Year {
    /// Each sorted, the next one last.
    days: Vec<Vec<u128>>,
    /// Length of a day \[ns\].
    width: u64,
    today: usize,
    /// When today ends.
    midnight: u64,
    len: usize,
}

impl Default for Year {
    fn default() -> Self {
        Self { days: vec![Vec::new(); 2], width: 1, today: 0, midnight: 1, len: 0 }
    }
}

impl Year {
    fn day_of(&self, at: u64) -> usize {
        (at / self.width) as usize & (self.days.len() - 1)
    }

    fn turn_to(&mut self, at: u64) {
        self.today = self.day_of(at);
        self.midnight = (at / self.width + 1) * self.width;
    }

    fn insert(&mut self, key: u128) {
        let day = self.day_of(time_of(key));
        let day = &mut self.days[day];
        let position = day.iter().rposition(|&other| other > key).map_or(0, |p| p + 1);
        day.insert(position, key);
        self.len += 1;
    }

    fn take(&mut self) -> Option<u128> {
        if self.len == 0 {
            return None;
        }
        for _ in 0..self.days.len() {
            if let Some(&key) = self.days[self.today].last()
                && time_of(key) < self.midnight
            {
                self.len -= 1;
                return self.days[self.today].pop();
            }
            self.today = (self.today + 1) & (self.days.len() - 1);
            self.midnight += self.width;
        }
        // Nothing this year: on to the first event.
        let first = self.days.iter().filter_map(|day| day.last()).min().copied()?;
        self.turn_to(time_of(first));
        self.take()
    }

    /// Another number of days, and a length such that a day holds about three events.
    fn resize(&mut self, days: usize) {
        let now = self.midnight.saturating_sub(self.width);
        let sample: Vec<u128> = (0..SAMPLE.min(self.len)).map_while(|_| self.take()).collect();
        self.width = day_length(&sample).unwrap_or(self.width);
        let old = std::mem::replace(&mut self.days, vec![Vec::new(); days]);
        self.len = 0;
        for key in sample.into_iter().chain(old.into_iter().flatten()) {
            self.insert(key);
        }
        self.turn_to(now);
    }
}

/// Three times the mean gap, without the gaps of more than twice the mean.
fn day_length(sample: &[u128]) -> Option<u64> {
    let gaps = || sample.windows(2).map(|pair| time_of(pair[1]) - time_of(pair[0]));
    let mean = gaps().sum::<u64>() as f64 / (sample.len().checked_sub(1)?) as f64;
    let (sum, count) = gaps()
        .filter(|&gap| gap as f64 <= 2.0 * mean)
        .fold((0, 0u64), |(sum, count), gap| (sum + gap, count + 1));
    Some((3 * sum / count.max(1)).max(1))
}

impl Events for Year {
    fn push(&mut self, key: u128) {
        self.insert(key);
        if time_of(key) < self.midnight.saturating_sub(self.width) {
            self.turn_to(time_of(key));
        }
        if self.len > 2 * self.days.len() {
            self.resize(2 * self.days.len());
        }
    }

    fn pop(&mut self) -> Option<u128> {
        let key = self.take();
        if self.days.len() > 2 && self.len < self.days.len() / 2 {
            self.resize(self.days.len() / 2);
        }
        key
    }
}
