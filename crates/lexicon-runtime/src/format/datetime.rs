//! Source: <https://atproto.com/specs/lexicon>, "datetime": what RFC 3339, ISO 8601 and the WHATWG
//! profile have in common, and a real instant.

pub(super) fn is_valid(text: &str) -> bool {
    parse(text.as_bytes()).is_some()
}

fn parse(text: &[u8]) -> Option<()> {
    let mut text = Reader(text);
    let year = text.number(4)?;
    text.mark(b'-')?;
    let month = text.number(2).filter(|month| (1..=12).contains(month))?;
    text.mark(b'-')?;
    let day = text
        .number(2)
        .filter(|day| (1..=days(year, month)).contains(day))?;
    text.mark(b'T')?;
    let hour = text.number(2).filter(|hour| *hour < 24)?;
    text.mark(b':')?;
    let minute = text.number(2).filter(|minute| *minute < 60)?;
    text.mark(b':')?;
    // A leap second has no place on the clocks that store these.
    text.number(2).filter(|second| *second < 60)?;
    if text.mark(b'.').is_some() {
        text.digits()?;
    }
    let ahead = match text.take()? {
        b'Z' => 0,
        sign @ (b'+' | b'-') => {
            let hours = text.number(2).filter(|hours| *hours < 24)?;
            text.mark(b':')?;
            let minutes = text.number(2).filter(|minutes| *minutes < 60)?;
            let offset = hours * 60 + minutes;
            // RFC 3339 gives `-00:00` a meaning that ISO 8601 has not.
            if sign == b'-' && offset == 0 {
                return None;
            }
            if sign == b'+' { offset } else { 0 }
        }
        _ => return None,
    };
    let first_day = year == 0 && month == 1 && day == 1;
    let before_year_0 = first_day && ahead > hour * 60 + minute;
    (text.0.is_empty() && !before_year_0).then_some(())
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn take(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn mark(&mut self, mark: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[mark])?;
        Some(())
    }

    fn number(&mut self, digits: usize) -> Option<u32> {
        (0..digits).try_fold(0, |number, _| {
            let digit = self.take().filter(u8::is_ascii_digit)?;
            Some(number * 10 + u32::from(digit - b'0'))
        })
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        self.0 = &self.0[count..];
        (count > 0).then_some(())
    }
}
