//! The file with the token of the local API: a word that only its owner can read, by which a script
//! shows that it may write in their name. It is made at the first start of a board; whoever removes it
//! has another one made at the next.

use std::fmt;
use std::hint::black_box;
use std::path::PathBuf;

use data_encoding::BASE32_NOPAD;

use super::{API_TOKEN, Home, HomeError, key_file};

/// The token of a home.
#[derive(Clone)]
pub struct ApiToken([u8; 32]);

impl Home {
    /// Where the token is.
    pub fn api_token_file(&self) -> PathBuf {
        self.directory().join(API_TOKEN)
    }

    /// The token, made at first use. One that others may read is refused.
    pub fn api_token(&self) -> Result<ApiToken, HomeError> {
        let file = self.api_token_file();
        if let Some(token) = self.existing_api_token()? {
            return Ok(token);
        }
        key_file::make_new(&file, |random| ApiToken(*random).to_string() + "\n")?;
        // Unless another process was quicker, that is the one that was made here.
        self.existing_api_token()?.ok_or(HomeError::KeyMissing(file))
    }

    /// The token, if there is one.
    pub fn existing_api_token(&self) -> Result<Option<ApiToken>, HomeError> {
        let file = self.api_token_file();
        let Some(text) = key_file::read_text(&file)? else { return Ok(None) };
        ApiToken::parse(&text).map(Some).ok_or(HomeError::KeyDamaged(file))
    }
}

impl ApiToken {
    /// Whether this is the token, told in a time that says nothing about how much of it is right.
    pub fn is(&self, typed: &str) -> bool {
        let Some(Self(typed)) = Self::parse(typed) else { return false };
        let differences = self.0.iter().zip(typed).fold(0, |all, (own, other)| all | (own ^ other));
        black_box(differences) == 0
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE32_NOPAD.decode(text.trim().to_ascii_uppercase().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for ApiToken {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("ApiToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::TempDir::new().unwrap();
        let home = Home::open(directory.path()).unwrap();
        assert!(home.existing_api_token().unwrap().is_none());
        let token = home.api_token().unwrap();
        let text = fs::read_to_string(home.api_token_file()).unwrap();
        assert_eq!(text, format!("{token}\n"));
        assert_eq!(home.api_token().unwrap().to_string(), token.to_string(), "made once");
        assert_eq!(token.to_string().len(), 52);
        assert!(!format!("{token:?}").contains(&token.to_string()), "it is in no log");
        assert!(token.is(&text) && token.is(&token.to_string()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = home.api_token_file();
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(home.api_token(), Err(HomeError::KeyUnsafe { .. })));
        }
    }

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = ApiToken([7; 32]);
        let text = token.to_string();
        let other = ApiToken([8; 32]).to_string();
        for wrong in ["", "a", &text[..51], &format!("{text}a"), &other, "Bearer"] {
            assert!(!token.is(wrong), "{wrong}");
        }
    }
}
