//! Free text: how long it may be, and which characters it may hold.

use crate::error::{FieldCode, Mistake};

/// What a text may look like. Whatever passes is kept exactly as it was given.
#[derive(Clone, Copy, Debug)]
pub struct TextRule {
    /// The most code points it may have.
    pub max_chars: usize,
    /// Whether it may have line breaks and tabs.
    pub multiline: bool,
}

impl TextRule {
    /// One line of at most so many code points.
    pub const fn line(max_chars: usize) -> Self {
        Self { max_chars, multiline: false }
    }

    /// Lines of at most so many code points altogether.
    pub const fn lines(max_chars: usize) -> Self {
        Self { max_chars, multiline: true }
    }

    /// Checks a text against the rule.
    pub fn check(self, text: &str) -> Result<(), InvalidText> {
        // A code point has at most four bytes: counting is needed only for what may be too long.
        if text.len() > self.max_chars && text.chars().count() > self.max_chars {
            return Err(InvalidText::TooLong { max_chars: self.max_chars });
        }
        let allowed = |c: char| !c.is_control() || (self.multiline && matches!(c, '\n' | '\t'));
        if text.chars().all(allowed) { Ok(()) } else { Err(InvalidText::ControlCharacter) }
    }
}

/// Why a text is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidText {
    /// It has too many code points.
    #[error("is longer than {max_chars} characters")]
    TooLong {
        /// How many are allowed.
        max_chars: usize,
    },
    /// It has a control character, such as NUL.
    #[error("has a control character")]
    ControlCharacter,
}

impl Mistake for InvalidText {
    fn code(&self) -> FieldCode {
        match self {
            Self::TooLong { .. } => FieldCode::TooLong,
            Self::ControlCharacter => FieldCode::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_code_points() {
        let rule = TextRule::line(4);
        assert_eq!(rule.check("😀😀😀😀"), Ok(()));
        assert_eq!(rule.check("abcde"), Err(InvalidText::TooLong { max_chars: 4 }));
        // Combining marks count by themselves.
        assert_eq!(rule.check("a\u{301}b\u{301}c"), Err(InvalidText::TooLong { max_chars: 4 }));
    }

    #[test]
    fn control_characters_are_refused_but_for_line_breaks_and_tabs_in_comments() {
        for control in ["\0", "\u{1b}[31m", "\u{7f}", "\u{85}", "\r"] {
            assert_eq!(TextRule::line(99).check(control), Err(InvalidText::ControlCharacter));
            assert_eq!(TextRule::lines(99).check(control), Err(InvalidText::ControlCharacter));
        }
        assert_eq!(TextRule::line(99).check("a\nb"), Err(InvalidText::ControlCharacter));
        assert_eq!(TextRule::lines(99).check("a\n\tb"), Ok(()));
    }

    #[test]
    fn everything_else_is_text() {
        for text in
            ["", "O'Brien", "<script>", "%_\\", "\u{202e}abc", "a\u{200b}b", "宮本 茂", "𝕳", "﷽"]
        {
            assert_eq!(TextRule::line(99).check(text), Ok(()), "{text}");
        }
    }
}
