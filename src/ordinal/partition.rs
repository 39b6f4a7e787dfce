//! Random splits of rows into training and test rows, row by row or by group.

use remeasure_core::numerics::split::train_test;
use remeasure_core::stream::Streams;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::{DrawError, Instance, Redraws, role};
use super::sample::Sample;

/// Maximum number of splits tried to get training rows of all classes.
const MOST_SPLITS: usize = 100;

/// What stays together in a split.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Nothing: rows are held out at random, whatever their group.
    Rows,
    /// All rows of a group, such as a plan observed in several years.
    Groups,
}

/// Rows to split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) sample: &'a Sample,
    /// The group of each row, counted from 0, if there are groups.
    pub(super) groups: Option<&'a [usize]>,
    pub(super) by: By,
    /// Number of rows, or of groups, to hold out.
    pub(super) held_out: usize,
}

impl Rows<'_> {
    /// Splits the rows at random; repeats the split if a class is missing among the training rows (at most 100
    /// splits). Features are not standardised.
    ///
    /// # Errors
    /// A class was missing each time.
    pub(super) fn split(&self, streams: &Streams) -> Result<Instance, DrawError> {
        let n = self.sample.labels.len();
        for unseen in 0..MOST_SPLITS {
            let mut stream = streams.stream(&role("split", unseen));
            let (train, test) = match (self.by, self.groups) {
                (By::Groups, Some(of)) => {
                    let count = of.iter().max().map_or(0, |g| g + 1);
                    let (_, out) = train_test(count, self.held_out, &mut stream);
                    (0..n).partition(|&i| !out.contains(&of[i]))
                }
                _ => train_test(n, self.held_out, &mut stream),
            };
            let rows = self.sample.rows(&train);
            if !rows.counts().contains(&0) {
                return Ok(Instance {
                    train: rows,
                    truth: None,
                    model: None,
                    groups: self.groups.map(|of| train.iter().map(|&i| of[i]).collect()),
                    test: Some(self.sample.rows(&test)),
                    redraws: Redraws { crossing: 0, unseen },
                });
            }
        }
        Err(DrawError::Unseen { tries: MOST_SPLITS })
    }
}
