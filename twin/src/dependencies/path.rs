//! Links of a layout as paths of an SVG picture.

use std::fmt::Write;

use super::layout::Layout;

impl Layout {
    /// The path of a link, from the side of one part to the side of another, as `d` of an SVG path;
    /// of a part to itself, above it.
    ///
    /// - `index`: which link.
    /// - `widths`: of the part that it begins at and of the one that it ends at \[px\].
    /// - `part_height`: of parts \[px\].
    /// - `shift`: where the origin of the layout is in the picture \[px\].
    #[must_use]
    pub fn link_path(
        &self,
        index: usize,
        widths: [f64; 2],
        part_height: f64,
        shift: (f64, f64),
    ) -> String {
        let at = |point: (f64, f64)| (point.0 + shift.0, point.1 + shift.1);
        let mut points = self.links[index].clone();
        let last = points.len() - 1;
        if points[0] == points[last] {
            return own_loop(at(points[0]), part_height);
        }
        let is_backward = points[0].0 > points[last].0;
        let side = if is_backward { -0.5 } else { 0.5 };
        points[0].0 += side * widths[0];
        points[last].0 -= side * widths[1];
        let (x, y) = at(points[0]);
        let mut path = format!("M{x:.1} {y:.1}");
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (at(pair[0]), at(pair[1]));
            if (y0 - y1).abs() < 0.05 {
                let _ = write!(path, "H{x1:.1}");
            } else {
                let middle = f64::midpoint(x0, x1);
                let _ = write!(path, "C{middle:.1} {y0:.1} {middle:.1} {y1:.1} {x1:.1} {y1:.1}");
            }
        }
        path
    }
}

fn own_loop((x, y): (f64, f64), part_height: f64) -> String {
    let y = y - part_height / 2.0;
    format!(
        "M{:.1} {y:.1}C{:.1} {up:.1} {:.1} {up:.1} {:.1} {y:.1}",
        x - 12.0,
        x - 16.0,
        x + 16.0,
        x + 12.0,
        up = y - 18.0
    )
}
