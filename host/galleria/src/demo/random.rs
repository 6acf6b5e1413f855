//! A generator of its own, so that the demo's data is the same whatever versions it is built with.

/// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A sequence for one thing of many, which stays the same when the others change.
    pub(super) fn of(seed: u64, kind: &str, index: usize) -> Self {
        let mut random = Self::new(seed);
        for byte in kind.bytes() {
            random.0 ^= u64::from(byte);
            random.next();
        }
        random.0 = random.0.wrapping_add((index as u64).wrapping_mul(0xd1b5_4a32_d192_ed03));
        random.next();
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or 0 if that is 0. The tiny bias towards small ones doesn't matter.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = end.max(1) as u64;
        usize::try_from(self.next() % end).expect("it is below a usize")
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of them; there must be one.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The 16 bytes of an id made at that millisecond: a UUID of version 7 (RFC 9562, 5.7).
    pub(super) fn uuid_v7(&mut self, unix_ms: u64) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&unix_ms.to_be_bytes()[2..]);
        bytes[6..14].copy_from_slice(&self.next().to_be_bytes());
        bytes[14..].copy_from_slice(&self.next().to_be_bytes()[..2]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        bytes
    }

    /// Replaces `#` by a digit, `%` by one that isn't 0, `@` by a letter that every country's
    /// postal codes may have, and `~` by a house number.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        const LETTERS: &[char] =
            &['A', 'B', 'E', 'G', 'H', 'J', 'L', 'N', 'P', 'R', 'T', 'W', 'X', 'Y', 'Z'];
        let mut text = String::with_capacity(pattern.len() + 4);
        for c in pattern.chars() {
            match c {
                '#' => text.push(char::from(b'0' + self.digit())),
                '%' => text.push(char::from(b'1' + self.digit() % 9)),
                '@' => text.push(*self.pick(LETTERS)),
                '~' => text.push_str(&(1 + self.below(180)).to_string()),
                c => text.push(c),
            }
        }
        text
    }

    fn digit(&mut self) -> u8 {
        u8::try_from(self.below(10)).expect("it is below 10")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_numbers_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        let first: Vec<_> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn neighbours_have_nothing_in_common() {
        let ids: std::collections::BTreeSet<_> =
            (0..10_000).map(|at| Random::of(7, "customer", at).next()).collect();
        assert_eq!(ids.len(), 10_000);
        assert_ne!(Random::of(7, "customer", 1).next(), Random::of(7, "address", 1).next());
    }

    #[test]
    fn a_pattern_keeps_all_that_is_no_placeholder() {
        let text = Random::new(1).fill("X-## @ %é");
        let chars: Vec<char> = text.chars().collect();
        assert_eq!((chars.len(), &text[..2], chars[8]), (9, "X-", 'é'));
        assert!(chars[2].is_ascii_digit() && chars[3].is_ascii_digit());
        assert!(chars[5].is_ascii_uppercase() && chars[7] != '0');
    }
}
