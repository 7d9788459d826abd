//! Points and boxes, in the units of the view box. One unit is one pixel of a screen that is
//! 360 pixels wide.

/// A point: from the left, and from the top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Shorthand for a point.
pub(crate) fn at(x: impl Into<f64>, y: impl Into<f64>) -> Point {
    let (x, y) = (x.into(), y.into());
    Point { x, y }
}

impl Point {
    /// The point so much further right and down.
    pub(crate) fn moved(self, right: impl Into<f64>, down: impl Into<f64>) -> Point {
        at(self.x + right.into(), self.y + down.into())
    }

    /// The point on the way to `goal` that is `distance` before it.
    pub(crate) fn short_of(self, goal: Point, distance: f64) -> Point {
        let (right, down) = self.direction(goal);
        goal.moved(-distance * right, -distance * down)
    }

    /// The way to `goal`, of length 1.
    pub(crate) fn direction(self, goal: Point) -> (f64, f64) {
        let (right, down) = (goal.x - self.x, goal.y - self.y);
        let length = right.hypot(down);
        (right / length, down / length)
    }
}

/// A box.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Shorthand for a box: its left and upper edge, its width and height.
pub(crate) fn area(
    x: impl Into<f64>,
    y: impl Into<f64>,
    width: impl Into<f64>,
    height: impl Into<f64>,
) -> Area {
    Area {
        x: x.into(),
        y: y.into(),
        width: width.into(),
        height: height.into(),
    }
}

impl Area {
    /// The middle of the box.
    pub(crate) fn middle(self) -> Point {
        at(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The middle of the left edge.
    pub(crate) fn left(self) -> Point {
        at(self.x, self.middle().y)
    }

    /// The middle of the right edge.
    pub(crate) fn right(self) -> Point {
        at(self.x + self.width, self.middle().y)
    }

    /// The middle of the upper edge.
    pub(crate) fn top(self) -> Point {
        at(self.middle().x, self.y)
    }

    /// The middle of the lower edge.
    pub(crate) fn bottom(self) -> Point {
        at(self.middle().x, self.y + self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::{area, at};

    #[test]
    fn an_arrow_head_begins_short_of_the_goal() {
        assert_eq!(at(0, 0).short_of(at(10, 0), 4.0), at(6, 0));
        assert_eq!(at(3, 4).short_of(at(0, 0), 5.0), at(3, 4));
    }

    #[test]
    fn the_edges_of_a_box() {
        let area = area(10, 20, 30, 40);
        assert_eq!(
            (area.left(), area.right(), area.top(), area.bottom()),
            (at(10, 40), at(40, 40), at(25, 20), at(25, 60))
        );
    }
}
