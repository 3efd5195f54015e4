//! Source: <https://atproto.com/specs/lexicon>, "datetime": what RFC 3339, ISO 8601 and the WHATWG
//! profile have in common, and a real instant.

use super::text::Reason;

pub(super) fn check(text: &str) -> Result<(), Reason> {
    let mut text = Reader(text.as_bytes());
    let date = text.date()?;
    match text.take() {
        Some(b'T') => {}
        Some(b't') => return Err("the `t` is a capital letter"),
        Some(b' ') => return Err("a `T` stands between the date and the time, not a space"),
        Some(_) => return Err("a `T` stands between the date and the time"),
        None => return Err("the time is missing"),
    }
    let time = text.time()?;
    // A leap second has no place on the clocks that store these.
    if time.second == 60 {
        return Err("the seconds are 00 to 59: a leap second is not allowed");
    }
    let ahead = match text.take() {
        Some(b'Z') => 0,
        Some(b'z') => return Err("the `z` is a capital letter"),
        Some(sign @ (b'+' | b'-')) => match (sign, text.offset()?) {
            // RFC 3339 gives `-00:00` a meaning that ISO 8601 has not.
            (b'-', 0) => return Err("the offset -00:00 is not allowed"),
            (b'-', _) => 0,
            (_, offset) => offset,
        },
        Some(_) => return Err(NO_TIME_ZONE),
        None => return Err("the time zone is missing"),
    };
    text.end()?;
    if date.is_first && ahead > time.minute_of_day {
        return Err("in UTC it is before the year 0000");
    }
    Ok(())
}

/// What older records hold as well: all that RFC 3339 allows (`t` and `z`, a space for the `T`, leap
/// seconds, and the offset `-00:00`), and no time zone at all.
pub(super) fn check_lenient(text: &str) -> Result<(), Reason> {
    let mut text = Reader(text.as_bytes());
    text.date()?;
    match text.take() {
        Some(b'T' | b't' | b' ') => {}
        Some(_) => return Err("a `T` stands between the date and the time"),
        None => return Err("the time is missing"),
    }
    text.time()?;
    match text.take() {
        None => return Ok(()),
        Some(b'Z' | b'z') => {}
        Some(b'+' | b'-') => drop(text.offset()?),
        Some(_) => return Err(NO_TIME_ZONE),
    }
    text.end()
}

const NO_TIME_ZONE: Reason = "the time is followed by Z, or by an offset such as +01:00";

struct Date {
    /// Whether it is the first day that has a name.
    is_first: bool,
}

struct Time {
    minute_of_day: u32,
    second: u32,
}

struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn date(&mut self) -> Result<Date, Reason> {
        let year = self.number::<4>("the year has four digits")?;
        self.mark(b'-', "the year is followed by a hyphen")?;
        let month = self.number::<2>("the month has two digits")?;
        if !(1..=12).contains(&month) {
            return Err("the month is 01 to 12");
        }
        self.mark(b'-', "the month is followed by a hyphen")?;
        let day = self.number::<2>("the day has two digits")?;
        match (day, month) {
            (0, _) => return Err("the day is at least 01"),
            (1..=28, _) => {}
            (29, 2) if is_leap(year) => {}
            (29, 2) => return Err("29 February exists in leap years alone"),
            (30.., 2) => return Err("February has 28 or 29 days"),
            (31, 4 | 6 | 9 | 11) => return Err("this month has 30 days"),
            (..=31, _) => {}
            _ => return Err("the day is at most 31"),
        }
        Ok(Date {
            is_first: (year, month, day) == (0, 1, 1),
        })
    }

    fn time(&mut self) -> Result<Time, Reason> {
        let hour = self.number::<2>("the hour has two digits")?;
        if hour > 23 {
            return Err("the hour is 00 to 23");
        }
        self.mark(b':', "the hour is followed by a colon")?;
        let minute = self.number::<2>("the minutes have two digits")?;
        if minute > 59 {
            return Err("the minutes are 00 to 59");
        }
        self.mark(b':', "the seconds are missing")?;
        let second = self.number::<2>("the seconds have two digits")?;
        if second > 60 {
            return Err("the seconds are 00 to 59");
        }
        if self.0.first() == Some(&b'.') {
            self.take();
            let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return Err("the dot is followed by digits");
            }
            self.0 = &self.0[digits..];
        }
        Ok(Time {
            minute_of_day: hour * 60 + minute,
            second,
        })
    }

    /// The minutes of an offset, after its sign.
    fn offset(&mut self) -> Result<u32, Reason> {
        let hours = self.number::<2>("the offset has two digits for its hours")?;
        self.mark(b':', "the offset has a colon after its hours")?;
        let minutes = self.number::<2>("the offset has two digits for its minutes")?;
        match hours < 24 && minutes < 60 {
            true => Ok(hours * 60 + minutes),
            false => Err("the offset is at most 23:59"),
        }
    }

    fn end(&self) -> Result<(), Reason> {
        match self.0 {
            [] => Ok(()),
            _ => Err("something follows the time zone"),
        }
    }

    fn take(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn mark(&mut self, mark: u8, otherwise: Reason) -> Result<(), Reason> {
        self.0 = self.0.strip_prefix(&[mark]).ok_or(otherwise)?;
        Ok(())
    }

    fn number<const DIGITS: usize>(&mut self, otherwise: Reason) -> Result<u32, Reason> {
        let (digits, rest) = self.0.split_first_chunk::<DIGITS>().ok_or(otherwise)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(otherwise);
        }
        self.0 = rest;
        let digits = digits.iter().map(|digit| u32::from(digit - b'0'));
        Ok(digits.fold(0, |number, digit| number * 10 + digit))
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}
