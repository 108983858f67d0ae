//! Just enough HTTP to be polite: mostly the answers for a request that is no good WebSocket handshake.
//!
//! A WebSocket library that closes without a word leaves the person with curl or a browser guessing.
//! Each answer is complete (length, type, `Connection: close`) and says in one sentence what to do.

/// A whole HTTP/1.1 answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header lines beyond the usual ones, each without its line end.
    headers: Vec<String>,
    /// The body: a sentence or two, without the final line end.
    pub body: String,
    /// That line end, which people want after a sentence.
    line_end: &'static str,
}

impl Response {
    /// An answer with a body for people.
    pub fn new(status: u16, body: impl Into<String>) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.into(),
            line_end: "\n",
        }
    }

    /// An answer with just this body.
    pub fn verbatim(status: u16, body: impl Into<String>) -> Response {
        Response {
            line_end: "",
            ..Response::new(status, body)
        }
    }

    /// Adds a header line.
    pub fn header(mut self, line: impl Into<String>) -> Response {
        self.headers.push(line.into());
        self
    }

    /// The answer as it goes over the wire.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.head_to_bytes();
        bytes.extend_from_slice(self.body.as_bytes());
        bytes.extend_from_slice(self.line_end.as_bytes());
        bytes
    }

    /// Its head alone: the answer to HEAD.
    pub fn head_to_bytes(&self) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} {}\r\n",
            self.status,
            reason_phrase(self.status)
        );
        for line in &self.headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        let length = self.body.len() + self.line_end.len();
        format!(
            "{head}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        )
        .into_bytes()
    }
}

/// 503 for a client beyond the limit on connections, threads or a pool's queue.
pub fn server_full() -> Response {
    Response::new(
        503,
        "This server has no room for another client now. Try again later.",
    )
    .header("Retry-After: 1")
}

/// RFC 9110, section 15, and RFC 6585 for 431.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_states_its_length_and_closes() {
        let response = Response::new(405, "Use GET.").header("Allow: GET");
        assert_eq!(
            String::from_utf8_lossy(&response.to_bytes()),
            "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n\
             Connection: close\r\n\r\nUse GET.\n"
        );
    }
}
