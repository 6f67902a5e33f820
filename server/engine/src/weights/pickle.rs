//! Whether bytes are a pickle that calls something when it is loaded, read as Python's unpickler reads them.
//!
//! Pickles of protocol 2 and later say so in their first byte. Those of protocols 0 and 1 are texts that begin with any opcode, and an unpickler acts on
//! each before it looks at the next: what follows a call does not matter. So the opcodes are followed, with the depth of the stack, up to the first call.

use std::io::{BufRead, Read};

/// Longest line that an opcode takes, in bytes: longer ones are no names.
const MAX_LINE: u64 = 4_096;
/// Most opcodes that are followed.
const MAX_OPCODES: usize = 1_000_000;

/// Whether an unpickler would call something before it fails or stops.
pub(super) fn calls(file: impl Read) -> bool {
    let mut walk = Walk { file: std::io::BufReader::new(file), depth: 0, marks: Vec::new(), named: false };
    for _ in 0..MAX_OPCODES {
        match walk.step() {
            Some(Step::On) => {}
            Some(Step::Call) => return true,
            Some(Step::End) | None => return false,
        }
    }
    true
}

enum Step {
    On,
    Call,
    End,
}

/// An unpickler without values: how deep its stack is, and where it is marked.
struct Walk<R> {
    file: std::io::BufReader<R>,
    depth: usize,
    marks: Vec<usize>,
    /// Whether something of a module was named, which alone can be called.
    named: bool,
}

impl<R: Read> Walk<R> {
    /// The next opcode; none where the unpickler would fail.
    fn step(&mut self) -> Option<Step> {
        match self.bytes::<1>()?[0] {
            b'.' => return Some(Step::End),
            b'(' => self.marks.push(self.depth),
            b'0' => self.pop(1)?,
            b'1' => self.pop_mark()?,
            b'2' => self.push(1, 2)?,
            b'F' | b'I' | b'L' | b'S' | b'V' | b'P' => {
                self.line()?;
                self.push(0, 1)?;
            }
            b'J' => self.skip(4)?,
            b'K' => self.skip(1)?,
            b'M' => self.skip(2)?,
            b'G' => self.skip(8)?,
            b'N' | b'}' | b']' | b')' | 0x88 | 0x89 | 0x8f | 0x97 => self.push(0, 1)?,
            b'T' | b'X' | b'B' | 0x8b => self.sized::<4>()?,
            b'U' | b'C' | 0x8a | 0x8c => self.sized::<1>()?,
            0x8d | 0x8e | 0x96 => self.sized::<8>()?,
            b'a' => self.push(2, 1)?,
            b's' => self.push(3, 1)?,
            b'b' => {
                self.push(2, 1)?;
                if self.named {
                    return Some(Step::Call);
                }
            }
            b'd' | b'l' | b't' | 0x91 => {
                self.pop_mark()?;
                self.push(0, 1)?;
            }
            b'e' | b'u' | 0x90 => {
                self.pop_mark()?;
                self.push(1, 1)?;
            }
            b'c' => {
                self.name()?;
                self.push(0, 1)?;
            }
            0x93 => {
                self.push(2, 1)?;
                self.named = true;
            }
            b'i' => {
                self.name()?;
                self.pop_mark()?;
                return Some(Step::Call);
            }
            b'o' if self.named => {
                let mark = *self.marks.last()?;
                return (self.depth > mark).then_some(Step::Call);
            }
            b'R' | 0x81 if self.named => return (self.depth >= 2).then_some(Step::Call),
            0x92 if self.named => return (self.depth >= 3).then_some(Step::Call),
            0x82 => self.extension(1)?,
            0x83 => self.extension(2)?,
            0x84 => self.extension(4)?,
            b'g' => {
                self.line()?;
                self.push(0, 1)?;
            }
            b'h' => self.skip(1)?,
            b'j' => self.skip(4)?,
            b'p' => self.line().map(drop)?,
            b'q' => drop(self.bytes::<1>()?),
            b'r' => drop(self.bytes::<4>()?),
            0x85 | 0x94 | 0x98 | b'Q' => self.push(1, 1)?,
            0x86 => self.push(2, 1)?,
            0x87 => self.push(3, 1)?,
            0x80 => drop(self.bytes::<1>()?),
            0x95 => drop(self.bytes::<8>()?),
            _ => return None,
        }
        Some(Step::On)
    }

    fn pop(&mut self, count: usize) -> Option<()> {
        self.depth = self.depth.checked_sub(count)?;
        Some(())
    }

    /// Takes some values off the stack and puts others on.
    fn push(&mut self, off: usize, on: usize) -> Option<()> {
        self.pop(off)?;
        self.depth += on;
        Some(())
    }

    fn pop_mark(&mut self) -> Option<()> {
        self.depth = self.marks.pop()?;
        Some(())
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }

    /// A value of so many bytes.
    fn skip(&mut self, count: u64) -> Option<()> {
        let read = std::io::copy(&mut self.file.by_ref().take(count), &mut std::io::sink()).ok()?;
        if read == count { self.push(0, 1) } else { None }
    }

    /// A value whose length comes before it.
    fn sized<const N: usize>(&mut self) -> Option<()> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.bytes::<N>()?);
        self.skip(u64::from_le_bytes(length))
    }

    fn extension(&mut self, bytes: usize) -> Option<()> {
        self.skip(bytes as u64)?;
        self.named = true;
        Some(())
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.file.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).ok()?;
        if line.pop() == Some(b'\n') { String::from_utf8(line).ok() } else { None }
    }

    /// A module and something of it.
    fn name(&mut self) -> Option<()> {
        for _ in 0..2 {
            let line = self.line()?;
            let part = |part: &str| {
                let first = part.chars().next();
                first.is_some_and(|c| c.is_alphabetic() || c == '_')
                    && part.chars().all(|c| c.is_alphanumeric() || c == '_')
            };
            if !line.split('.').all(part) {
                return None;
            }
        }
        self.named = true;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::calls;

    #[test]
    fn a_pickle_that_calls_is_told_from_a_text() {
        for pickle in [
            &b"cos\nsystem\n(S'id'\ntR."[..],
            b"cos\nsystem\n(S'id'\ntRwhatever comes then",
            b"c__builtin__\neval\np0\n(S'1'\np1\ntp2\nRp3\n.",
            b"(S'id'\nios\nsystem\n.",
            b"(cos\nsystem\nS'id'\no.",
            b"\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.",
            b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
            b"ccollections\nOrderedDict\n)\x81}b.",
            b"}}bcos\nsystem\n(S'id'\ntR.",
            b"I1\n0N0S'padding'\n0cos\nsystem\n(S'id'\ntR.",
        ] {
            assert!(calls(pickle), "{:?}", String::from_utf8_lossy(pickle));
        }
        for text in [
            &b"cat\ndog\nbird\n"[..],
            b"class A:\n    pass\n",
            b"city\ncountry\n",
            b"(a) first\n(b) second\n",
            b"Notes of a run.",
            b"I am a text.\n",
            b"{\"a\": 1}",
            b"---\nlicense: mit\n---\n",
            b"(dp0\nS'a'\np1\nI1\ns.",
            b"",
            b"p0\nq",
        ] {
            assert!(!calls(text), "{:?}", String::from_utf8_lossy(text));
        }
    }
}
