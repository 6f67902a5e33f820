//! Which passwords are taken.

use alluvium_domain::people::limits;
use alluvium_domain::{Issue, Problem};

/// What is guessed first here, beside zxcvbn's lists of what is guessed first elsewhere.
const LOCAL: [&str; 20] = [
    "alluvium",
    "wotu",
    "沃土",
    "mima",
    "密码",
    "guanliyuan",
    "管理员",
    "woaini",
    "我爱你",
    "5201314",
    "1314520",
    "woaiwojia",
    "nihao",
    "zhongguo",
    "中国",
    "beijing",
    "shanghai",
    "sousuo",
    "tuijian",
    "knowledge",
];

/// Shortest name that is looked for anywhere in a password; shorter ones would be in many words.
const SHORTEST_PART: usize = 4;

/// Refuses a new password that is short, long, a repetition, holds one of the person's own names, or would be guessed early (zxcvbn's estimate below a
/// hundred million guesses).
pub(super) fn check_password(field: &'static str, password: &str, names: &[&str]) -> Result<(), Problem> {
    let actual = password.chars().count();
    if actual < limits::PASSWORD_MIN {
        return Err(Problem::field(field, Issue::TooShort { limit: limits::PASSWORD_MIN, actual }));
    }
    if actual > limits::PASSWORD_MAX {
        return Err(Problem::field(field, Issue::TooLong { limit: limits::PASSWORD_MAX, actual }));
    }
    if names.iter().any(|name| holds_name(password, name)) {
        return Err(Problem::refused(field, "不能包含自己的名字", "must not contain your own name"));
    }
    if repeats(&folded(password)) {
        return Err(Problem::refused(field, "不能是同一段的重复", "must not be one part repeated"));
    }
    let words: Vec<&str> = LOCAL.iter().chain(names).copied().collect();
    if zxcvbn::zxcvbn(password, &words).score() < zxcvbn::Score::Three {
        return Err(Problem::refused(
            field,
            "太常见，容易被猜到；换成几个互不相关的词",
            "is too common and easy to guess; use a few words that have nothing to do with each other",
        ));
    }
    Ok(())
}

/// Letters and digits only, in lower case.
fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a text is one part again and again, the last one perhaps cut short.
fn repeats(text: &[char]) -> bool {
    (1..=text.len() / 2).any(|length| text.iter().zip(&text[length..]).all(|(a, b)| a == b))
}

fn holds_name(password: &str, name: &str) -> bool {
    let whole = folded(name);
    let parts = name.split_whitespace().map(folded).chain([whole.clone()]);
    let password_folded = folded(password);
    parts.into_iter().any(|part| {
        // Two Chinese characters are a name; three Latin letters are in many words.
        let telling = part.len() >= SHORTEST_PART || (part.len() >= 2 && part.iter().any(|c| !c.is_ascii()));
        if telling {
            return password_folded.windows(part.len()).any(|window| window == part);
        }
        let words = password.split(|c: char| !c.is_alphanumeric()).map(folded);
        part.len() >= 2 && words.into_iter().any(|word| word == part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_refused() {
        let long = "a".repeat(257);
        for password in [
            "short",
            "aaaaaaaaaaaa",
            "123456789012",
            "1234567890123",
            "abcabcabcabc",
            "passwordpassword",
            "Password Password",
            "qwertyuiop12",
            "password1234",
            "Password1234!",
            "P@ssw0rd1234",
            "woaini1314520",
            "qwertyqwerty1",
            "iloveyou1234",
            "alluvium2024",
            "alluvium1234",
            "111111222222",
            "abcdefghijkl",
            "一二一二一二一二一二一二",
            "reader1reader1",
            "reader1-reader1",
            "my READER1 password",
            "xx王小芳xx很长的一句话呢",
            "zoe and a horse battery",
            &long,
        ] {
            assert!(check_password("new", password, &["reader1", "王小芳", "zoe"]).is_err(), "{password}");
        }
    }

    #[test]
    fn sentences_and_random_texts_are_taken() {
        for password in [
            "correct horse battery staple",
            "another long password",
            "some long password",
            "planning a zoetrope show",
            "今天的雨下得真不小啊朋友们",
            "X7#qLm2@vR9z",
            "tea before the second meeting",
        ] {
            assert_eq!(check_password("new", password, &["ann", "Zoe", "reader1"]), Ok(()), "{password}");
        }
    }
}
