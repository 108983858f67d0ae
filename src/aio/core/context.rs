//! Values that belong to a task and not to a thread.
//!
//! With one thread per request, "the request I am working for" can be a thread-local variable. On a loop
//! all requests share one thread, and the variable would hold the value of whichever ran last. So every
//! task and callback carries a [`Context`], a copy of its creator's at the time of creation. What the task
//! sets, its creator and its siblings do not see.
//!
//! A copy costs one reference count, because a context never changes: setting a variable makes a new one.
//! `set` pays the price by copying the few entries.
//!
//! **Where it breaks:** work that is given to a thread does not get the context. Values need not be
//! `Send`, so what the work needs has to be moved into its closure.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static CURRENT: Cell<Context> = const { Cell::new(Context { entries: None }) };
}

/// The variables of one task, as they were when this copy was made.
#[derive(Clone, Default)]
pub struct Context {
    /// `None` in most tasks, which makes copying free.
    entries: Option<Rc<Vec<Entry>>>,
}

#[derive(Clone)]
struct Entry {
    variable: u64,
    value: Rc<dyn Any>,
}

impl Context {
    /// A copy of the current one.
    pub fn copy() -> Context {
        let current = CURRENT.take();
        CURRENT.set(current.clone());
        current
    }

    /// Makes this the current context, and returns the previous one.
    pub(crate) fn enter(self) -> Context {
        CURRENT.replace(self)
    }

    /// Runs `callback` in this context.
    pub fn run<R>(&self, callback: impl FnOnce() -> R) -> R {
        let outside = Restore(self.clone().enter());
        let result = callback();
        drop(outside);
        result
    }

    fn with(&self, variable: u64, value: Option<Rc<dyn Any>>) -> Context {
        let others = self.entries.iter().flat_map(|entries| entries.iter());
        let mut entries: Vec<Entry> = others
            .filter(|entry| entry.variable != variable)
            .cloned()
            .collect();
        entries.extend(value.map(|value| Entry { variable, value }));
        let entries = (!entries.is_empty()).then(|| Rc::new(entries));
        Context { entries }
    }

    fn get(&self, variable: u64) -> Option<Rc<dyn Any>> {
        let entry = self.entries.as_ref()?.iter();
        let mut of_variable = entry.filter(|entry| entry.variable == variable);
        of_variable.next().map(|entry| Rc::clone(&entry.value))
    }
}

/// Restores a context, also when what ran in between panics.
struct Restore(Context);

impl Drop for Restore {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).enter();
    }
}

/// A variable with one value per task.
pub struct ContextVar<T> {
    number: u64,
    default: T,
}

impl<T: Clone + 'static> ContextVar<T> {
    /// A variable that has `default` wherever it is not set.
    pub fn new(default: T) -> ContextVar<T> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        ContextVar { number, default }
    }

    /// Its value in the current context.
    pub fn get(&self) -> T {
        let value = Context::copy().get(self.number);
        value
            .and_then(|value| value.downcast_ref().cloned())
            .unwrap_or_else(|| self.default.clone())
    }

    /// Sets it in the current context. The token is for [`ContextVar::reset`].
    pub fn set(&self, value: T) -> VarToken {
        let before = Context::copy().get(self.number);
        self.put(Some(Rc::new(value)));
        VarToken { before }
    }

    /// Restores the value it had before that `set`.
    pub fn reset(&self, token: VarToken) {
        self.put(token.before);
    }

    fn put(&self, value: Option<Rc<dyn Any>>) {
        Context::copy().with(self.number, value).enter();
    }
}

/// The value of a variable before it was set.
pub struct VarToken {
    before: Option<Rc<dyn Any>>,
}
