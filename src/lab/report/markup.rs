//! HTML elements from text.

use crate::text::escape_html;

/// An element around a text. `tag` may have attributes: `p class="load"`.
pub(super) fn text(tag: &str, text: &str) -> String {
    element(tag, &escape_html(text))
}

/// An element around other elements.
pub(super) fn element(tag: &str, content: &str) -> String {
    let name = tag.split(' ').next().unwrap_or(tag);
    format!("<{tag}>{content}</{name}>\n")
}

/// A list, or nothing for no items.
pub(super) fn list(items: &[String]) -> String {
    let items: String = items.iter().map(|item| text("li", item)).collect();
    if items.is_empty() {
        return items;
    }
    element("ul", &items)
}
