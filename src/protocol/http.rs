//! As much HTTP as is needed: request heads in, short complete responses out.
//!
//! A WebSocket library that closes without a response leaves a person with curl or a browser guessing.
//! Each response is complete (length, type, `Connection: close`) and says in one sentence what to do.

use super::Limits;
use tungstenite::http::StatusCode;

/// Collects a request head until it is complete.
#[derive(Debug, Default)]
pub(super) struct HeadReader {
    head: Vec<u8>,
}

impl HeadReader {
    /// Takes more of the head. Once it is complete, returns what `handle` makes of the request and of
    /// the bytes behind the head; until then, `None`.
    ///
    /// # Errors
    /// The response to a head that is not HTTP or breaks a limit, or the error of `handle`.
    pub(super) fn receive<T>(
        &mut self,
        input: &[u8],
        limits: &Limits,
        handle: impl FnOnce(&httparse::Request<'_, '_>, &[u8]) -> Result<T, Response>,
    ) -> Result<Option<T>, Response> {
        // A head ends with a line end, and junk shows in its first bytes. Parsing at no other time
        // keeps a client that sends byte by byte from costing one parse per byte.
        let worth_parsing = self.head.is_empty() || input.contains(&b'\n');
        self.head.extend_from_slice(input);
        if worth_parsing && let Some(handled) = self.parse(limits, handle)? {
            return Ok(Some(handled));
        }
        if self.head.len() > limits.max_head_bytes {
            return Err(head_too_large());
        }
        Ok(None)
    }

    fn parse<T>(
        &self,
        limits: &Limits,
        handle: impl FnOnce(&httparse::Request<'_, '_>, &[u8]) -> Result<T, Response>,
    ) -> Result<Option<T>, Response> {
        let mut headers = vec![httparse::EMPTY_HEADER; limits.max_headers];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&self.head) {
            Ok(httparse::Status::Partial) => Ok(None),
            Ok(httparse::Status::Complete(length)) if length > limits.max_head_bytes => {
                Err(head_too_large())
            }
            Ok(httparse::Status::Complete(length)) => {
                handle(&request, &self.head[length..]).map(Some)
            }
            Err(httparse::Error::TooManyHeaders) => {
                Err(Response::new(431, "The request has too many header lines."))
            }
            Err(httparse::Error::Version) => {
                Err(Response::new(505, "This server speaks HTTP/1.1 only."))
            }
            Err(error) => {
                let body = format!("This is not an HTTP request: {error}.");
                Err(Response::new(400, body))
            }
        }
    }
}

fn head_too_large() -> Response {
    Response::new(431, "The request head is too large.")
}

/// A whole HTTP/1.1 response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    /// Header lines beyond the usual ones, without their line ends.
    headers: Vec<&'static str>,
    body: String,
}

impl Response {
    /// A response whose body is a sentence for a person; a line end is added.
    pub(super) fn new(status: u16, sentence: impl Into<String>) -> Response {
        Response::verbatim(status, sentence.into() + "\n")
    }

    /// A response with exactly this body.
    pub(super) fn verbatim(status: u16, body: impl Into<String>) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(super) fn header(mut self, line: &'static str) -> Response {
        self.headers.push(line);
        self
    }

    /// Appends the whole response to `out`.
    pub(super) fn append_to(&self, out: &mut Vec<u8>) {
        self.append_head_to(out);
        out.extend_from_slice(self.body.as_bytes());
    }

    /// Appends the head alone, which is the response to HEAD.
    pub(super) fn append_head_to(&self, out: &mut Vec<u8>) {
        let code = StatusCode::from_u16(self.status).ok();
        let reason = code.and_then(|code| code.canonical_reason());
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason.unwrap_or("Error"));
        for line in &self.headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str(&format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.body.len()
        ));
        out.extend_from_slice(head.as_bytes());
    }
}

/// 503, for a client that the server has no capacity for.
pub(super) fn server_full() -> Response {
    Response::new(
        503,
        "This server has no room for another client now. Try again later.",
    )
    .header("Retry-After: 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_states_its_length_and_closes() {
        let mut out = Vec::new();
        let response = Response::new(405, "Use GET.").header("Allow: GET");
        response.append_to(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n\
             Connection: close\r\n\r\nUse GET.\n"
        );
    }
}
