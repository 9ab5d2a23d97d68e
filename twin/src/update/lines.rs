//! The lines of a twin file as learning writes it: two spaces a level, one key a line.

use std::ops::Range;

use crate::write::key;

/// Lines, found by the keys that lead to them.
pub(super) struct Lines(Vec<String>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(text.lines().map(str::to_owned).collect())
    }

    pub(super) fn text(&self) -> String {
        self.0.join("\n") + "\n"
    }

    /// Puts `lines` in place of the entry `name` below `path`, or behind all else there.
    pub(super) fn put(&mut self, path: &[&str], name: &str, lines: &[String]) {
        let full: Vec<&str> = path.iter().copied().chain([name]).collect();
        if let Some(range) = self.find(&full) {
            self.0.splice(range, lines.iter().cloned());
            return;
        }
        let Some((last, above)) = path.split_last() else {
            // Sections stand before the components, which are long; objectives at the end.
            let at = self.find(&["components"]).filter(|_| name != "objectives");
            let at = at.map_or(self.0.len(), |range| range.start);
            self.0.splice(at..at, lines.iter().cloned());
            return;
        };
        let under = format!("{}{}:", "  ".repeat(above.len()), key(last));
        match self.find(path) {
            // `mail: {}` and the like become a block.
            Some(range)
                if self.0[range.clone()]
                    .iter()
                    .any(|line| line.starts_with(&format!("{under} {{}}"))) =>
            {
                self.0.splice(range, [under].into_iter().chain(lines.iter().cloned()));
            }
            Some(range) => {
                self.0.splice(range.end..range.end, lines.iter().cloned());
            }
            None => {
                let block: Vec<String> = [under].into_iter().chain(lines.iter().cloned()).collect();
                self.put(above, last, &block);
            }
        }
    }

    /// Takes the entry at `path` out.
    pub(super) fn remove(&mut self, path: &[&str]) {
        if let Some(range) = self.find(path) {
            self.0.drain(range);
        }
    }

    /// The lines of the entry at `path`, without the comments above it.
    fn find(&self, path: &[&str]) -> Option<Range<usize>> {
        let mut range = 0..self.0.len();
        for (depth, name) in path.iter().enumerate() {
            let head = format!("{}{}:", "  ".repeat(depth), key(name));
            let is_head = |line: &String| {
                line.strip_prefix(&head)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            };
            let start = range.start + self.0[range.clone()].iter().position(is_head)?;
            range = start..self.end(start, depth, range.end);
        }
        Some(range)
    }

    /// Where the entry that begins at `start` ends: before the next line that is no deeper, and
    /// before the comments and gaps that belong to it.
    fn end(&self, start: usize, depth: usize, limit: usize) -> usize {
        let deeper = "  ".repeat(depth + 1);
        let is_over = |line: &String| {
            let is_comment = line.trim_start().starts_with('#') || line.trim().is_empty();
            !is_comment && !line.starts_with(&deeper)
        };
        let next = self.0[start + 1..limit].iter().position(is_over);
        let mut end = next.map_or(limit, |next| start + 1 + next);
        while end > start + 1 {
            let last = &self.0[end - 1];
            let is_ours = last.starts_with(&deeper) && !last.trim_start().starts_with('#');
            if is_ours {
                break;
            }
            end -= 1;
        }
        end
    }
}
