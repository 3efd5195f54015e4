//! The chart of the tokens of each day: one bar a day, the answers upon the prompts.

use chrono::NaiveDate;

use crate::number::{count, grouped};
use crate::time::day;
use crate::usage::{Usage, UsageDay};

/// The height of the drawing, and the width of a day in it. The page stretches it as it needs.
const HEIGHT: u64 = 1000;
const DAY_WIDTH: usize = 100;
/// The part of a day's width that its bar has, in the middle.
const BAR_WIDTH: usize = 70;
/// The least height of a bar, so that a little is not taken for nothing.
const MIN_HEIGHT: u64 = 12;

/// A chart, ready to be drawn.
pub(crate) struct Chart {
    /// The width of the drawing.
    pub(crate) width: usize,
    /// Its height.
    pub(crate) height: u64,
    /// The width of a day.
    pub(crate) day_width: usize,
    /// The width of a bar.
    pub(crate) bar_width: usize,
    /// The days, the oldest first.
    pub(crate) bars: Vec<Bar>,
    /// What the chart shows.
    pub(crate) title: String,
    /// What can be seen in it.
    pub(crate) description: String,
    /// The labels of the scale, from the top to the bottom.
    pub(crate) scale: [String; 3],
    /// The first, the middle and the last day.
    pub(crate) days: Vec<String>,
}

/// The bar of a day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    /// Where the day begins.
    pub(crate) day_x: usize,
    /// Where the bar begins.
    pub(crate) x: usize,
    /// The part for the tokens of prompts.
    pub(crate) input: Part,
    /// The part for those of answers.
    pub(crate) output: Part,
    /// What it shows, in words.
    pub(crate) label: String,
}

/// A part of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The upper end.
    pub(crate) y: u64,
    /// The height.
    pub(crate) height: u64,
}

impl Usage {
    /// The tokens of each day as a chart.
    pub(crate) fn chart(&self) -> Chart {
        Chart::new(&self.days)
    }
}

impl Chart {
    /// Draws days, of which the oldest is the first.
    pub(crate) fn new(days: &[UsageDay]) -> Self {
        let most = days.iter().map(|day| day.counts.tokens()).max();
        let top = top(most.unwrap_or_default());
        let bars = days.iter().enumerate();
        Self {
            width: days.len() * DAY_WIDTH,
            height: HEIGHT,
            day_width: DAY_WIDTH,
            bar_width: BAR_WIDTH,
            bars: bars.map(|(number, day)| bar(number, day, top)).collect(),
            title: title(days),
            description: description(days),
            scale: [grouped(top), grouped(top / 2), "0".to_owned()],
            days: labels(days),
        }
    }
}

impl Bar {
    /// Its parts, each with its name in the styles.
    pub(crate) fn parts(&self) -> [(&'static str, Part); 2] {
        [("input", self.input), ("output", self.output)]
    }
}

/// The upper end of a scale: an even digit, or ten, and zeros.
fn top(most: u64) -> u128 {
    let most = u128::from(most);
    let mut unit = 1;
    while most > 10 * unit {
        unit *= 10;
    }
    most.div_ceil(2 * unit).max(1) * 2 * unit
}

fn bar(number: usize, of: &UsageDay, top: u128) -> Bar {
    let counts = of.counts;
    let tokens = counts.tokens();
    let whole = match tokens {
        0 => 0,
        _ => part(HEIGHT, tokens, top).clamp(MIN_HEIGHT, HEIGHT),
    };
    let input = part(whole, counts.input, tokens.into());
    let output = whole - input;
    let day_x = number * DAY_WIDTH;
    Bar {
        day_x,
        x: day_x + (DAY_WIDTH - BAR_WIDTH) / 2,
        input: Part {
            y: HEIGHT - input,
            height: input,
        },
        output: Part {
            y: HEIGHT - whole,
            height: output,
        },
        label: format!(
            "{}: {}, {} of prompts and {} of answers",
            day(of.day),
            count(tokens, "token"),
            grouped(counts.input),
            grouped(counts.output),
        ),
    }
}

/// The part of a length that a number is of a whole, rounded, and never longer than the length.
fn part(length: u64, number: u64, whole: u128) -> u64 {
    let rounded = (u128::from(number) * u128::from(length) + whole / 2) / whole.max(1);
    u64::try_from(rounded).map_or(length, |part| part.min(length))
}

fn title(days: &[UsageDay]) -> String {
    match days {
        [] => "Tokens per day".to_owned(),
        [only] => format!("Tokens on {}", day(only.day)),
        [first, .., last] => format!("Tokens per day, {} to {}", day(first.day), day(last.day)),
    }
}

fn description(days: &[UsageDay]) -> String {
    let with_tokens = days.iter().filter(|day| day.counts.tokens() > 0).count();
    let most = days.iter().max_by_key(|day| day.counts.tokens());
    match most {
        Some(most) if with_tokens > 0 => format!(
            "{} of {} used tokens. The most is {}, on {}.",
            with_tokens,
            count(u64::try_from(days.len()).unwrap_or_default(), "day"),
            count(most.counts.tokens(), "token"),
            day(most.day),
        ),
        _ => "No day used tokens.".to_owned(),
    }
}

fn labels(days: &[UsageDay]) -> Vec<String> {
    let short = |day: NaiveDate| day.format("%-d %b").to_string();
    match days {
        [] => Vec::new(),
        [first, .., last] if days.len() > 2 => {
            let middle = days.get(days.len() / 2).unwrap_or(last);
            [first, middle, last].map(|day| short(day.day)).to_vec()
        }
        few => few.iter().map(|day| short(day.day)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::UsageCounts;

    fn days(tokens: &[(u64, u64)]) -> Vec<UsageDay> {
        let first = NaiveDate::from_ymd_opt(2026, 10, 30).unwrap();
        let counts = |(input, output): &(u64, u64)| UsageCounts {
            calls: 1,
            input: *input,
            output: *output,
            ..UsageCounts::default()
        };
        let day = |(day, tokens)| UsageDay {
            day,
            counts: counts(tokens),
        };
        first.iter_days().zip(tokens).map(day).collect()
    }

    fn parts(chart: &Chart) -> Vec<((u64, u64), (u64, u64))> {
        let parts = |part: &Part| (part.y, part.height);
        let bars = chart.bars.iter();
        bars.map(|bar| (parts(&bar.input), parts(&bar.output)))
            .collect()
    }

    #[test]
    fn the_scale_ends_at_a_round_number_above_the_most() {
        for (most, expected) in [
            (0, 2),
            (1, 2),
            (3, 4),
            (9, 10),
            (10, 10),
            (11, 20),
            (21, 40),
            (999, 1000),
            (1001, 2000),
            (6_000_001, 8_000_000),
            (u64::MAX, 20_000_000_000_000_000_000),
        ] {
            assert_eq!(top(most), expected, "{most}");
            assert!(top(most) >= most.into() && top(most).is_multiple_of(2));
        }
        let chart = Chart::new(&days(&[(1_000_000, 234_567)]));
        assert_eq!(chart.scale, ["2,000,000", "1,000,000", "0"]);
    }

    #[test]
    fn answers_stand_upon_prompts() {
        let chart = Chart::new(&days(&[(600, 400), (0, 0), (0, 500), (250, 0)]));
        let expected = [
            ((400, 600), (0, 400)),
            ((1000, 0), (1000, 0)),
            ((1000, 0), (500, 500)),
            ((750, 250), (750, 0)),
        ];
        assert_eq!(parts(&chart), expected);
        assert_eq!(chart.width, 400);
        let places: Vec<_> = chart.bars.iter().map(|bar| (bar.day_x, bar.x)).collect();
        assert_eq!(places, [(0, 15), (100, 115), (200, 215), (300, 315)]);
    }

    #[test]
    fn a_little_is_seen_beside_one_huge_day() {
        let chart = Chart::new(&days(&[(1, 0), (1, 1), (0, 1), (u64::MAX, u64::MAX)]));
        let expected = [
            ((988, 12), (988, 0)),
            ((994, 6), (988, 6)),
            ((1000, 0), (988, 12)),
        ];
        assert_eq!(parts(&chart)[..3], expected);
        // The sum of both is larger than any number: nothing is drawn beyond the edge.
        let (input, output) = parts(&chart)[3];
        assert_eq!(input.1 + output.1, 922);
        assert_eq!(input.0 + input.1, 1000);
    }

    #[test]
    fn days_without_tokens_have_no_bars() {
        let chart = Chart::new(&days(&[(0, 0); 30]));
        assert_eq!(parts(&chart), [((1000, 0), (1000, 0)); 30]);
        assert_eq!(chart.description, "No day used tokens.");
        let none = Chart::new(&[]);
        assert!(none.bars.is_empty() && none.days.is_empty());
    }

    #[test]
    fn the_chart_is_described_in_words() {
        let chart = Chart::new(&days(&[(1200, 34), (0, 0), (1, 0)]));
        assert_eq!(chart.title, "Tokens per day, 30 Oct 2026 to 1 Nov 2026");
        assert_eq!(
            chart.description,
            "2 of 3 days used tokens. The most is 1,234 tokens, on 30 Oct 2026."
        );
        assert_eq!(chart.days, ["30 Oct", "31 Oct", "1 Nov"]);
        assert_eq!(
            chart.bars[0].label,
            "30 Oct 2026: 1,234 tokens, 1,200 of prompts and 34 of answers"
        );
        assert!(chart.bars[2].label.starts_with("1 Nov 2026: 1 token, "));
    }
}
