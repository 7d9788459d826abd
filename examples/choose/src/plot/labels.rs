//! Labels beside the ends of lines, placed so that none covers another.

/// The places of labels: in the order of `wanted`, at least `gap` apart, from `top` to
/// `bottom`, and near to where they are wanted. There must be room for all.
pub(crate) fn places(wanted: &[f64], gap: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<_> = (0..wanted.len()).collect();
    order.sort_by(|&one, &other| wanted[one].total_cmp(&wanted[other]));
    // Labels that would cover each other form a block, which stands where its labels
    // are wanted on average.
    let mut blocks: Vec<Block> = Vec::new();
    for &label in &order {
        let mut block = Block::of(wanted[label], gap, top, bottom);
        while let Some(above) = blocks.last() {
            if above.end(gap) <= block.start {
                break;
            }
            block = above.and(&block, gap, top, bottom);
            blocks.pop();
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|block| {
        let labels = 0..block.labels;
        labels.map(|nth| block.start + gap * nth as f64)
    });
    let mut places = vec![0.0; wanted.len()];
    for (&label, start) in order.iter().zip(starts) {
        places[label] = start;
    }
    places
}

/// Labels directly below each other.
#[derive(Debug)]
struct Block {
    labels: usize,
    /// The sum of where the first label should be for the sake of each.
    sum: f64,
    /// The place of the first label.
    start: f64,
}

impl Block {
    fn of(wanted: f64, gap: f64, top: f64, bottom: f64) -> Self {
        Self::placed(1, wanted, gap, top, bottom)
    }

    fn placed(labels: usize, sum: f64, gap: f64, top: f64, bottom: f64) -> Self {
        let last = bottom - gap * (labels - 1) as f64;
        let start = (sum / labels as f64).min(last).max(top);
        Self { labels, sum, start }
    }

    /// Where the next label may stand.
    fn end(&self, gap: f64) -> f64 {
        self.start + gap * self.labels as f64
    }

    fn and(&self, below: &Self, gap: f64, top: f64, bottom: f64) -> Self {
        let moved = gap * (self.labels * below.labels) as f64;
        let sum = self.sum + below.sum - moved;
        Self::placed(self.labels + below.labels, sum, gap, top, bottom)
    }
}
