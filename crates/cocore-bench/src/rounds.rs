//! Short rounds, and many: what else the machine does meets some of them, and the median is none of those.

use crate::failure::Result;

/// How many rounds a measurement has.
#[derive(Clone, Copy)]
pub(crate) struct Rounds(pub(crate) u32);

impl Rounds {
    /// Measures two things in turn, so that what slows one of them down slows the other one as well. The
    /// results are the medians of each number.
    pub(crate) fn in_turn<const N: usize, const M: usize>(
        self,
        mut one: impl FnMut() -> Result<[f64; N]>,
        mut other: impl FnMut() -> Result<[f64; M]>,
    ) -> Result<([f64; N], [f64; M])> {
        let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
        for _ in 0..self.0 {
            of_one.push(one()?);
            of_other.push(other()?);
        }
        Ok((medians(&of_one), medians(&of_other)))
    }
}

fn medians<const N: usize>(rounds: &[[f64; N]]) -> [f64; N] {
    std::array::from_fn(|place| median(rounds.iter().map(|round| round[place]).collect()))
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_turns_and_the_value_in_the_middle() {
        let mut turns = std::cell::RefCell::new(Vec::new());
        let mut results = [5.0, 1.0, 3.0].into_iter();
        let one = || {
            turns.borrow_mut().push("one");
            Ok([results.next().ok_or("too many rounds")?, 7.0])
        };
        let other = || {
            turns.borrow_mut().push("other");
            Ok([0.5])
        };
        assert_eq!(Rounds(3).in_turn(one, other).unwrap(), ([3.0, 7.0], [0.5]));
        assert_eq!(*turns.get_mut(), ["one", "other"].repeat(3));
    }
}
